"""What the pipeline's containers run; people use `python -m pipelines`."""

from components.runtime.command_line import run
from pipelines.pod.job import job
from pipelines.pod.node import node
from pipelines.pod.stage import stage
from pipelines.pod.study import study

if __name__ == "__main__":
    run({"stage": stage, "study": study, "job": job, "node": node})
