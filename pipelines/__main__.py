from components.command_line import run
from pipelines.check import check
from pipelines.kubeflow.compilation import compile_study
from pipelines.description import describe
from pipelines.local.run import run_here
from pipelines.picture.draw import draw
from pipelines.runs.commands import logs, status, wait
from pipelines.runs.submission import submit

if __name__ == "__main__":
    run(
        {
            "check": check,
            "compile": compile_study,
            "describe": describe,
            "draw": draw,
            "local": run_here,
            "submit": submit,
            "status": status,
            "logs": logs,
            "wait": wait,
        }
    )
