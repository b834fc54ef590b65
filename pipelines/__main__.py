"""Runs a study on this machine, in containers, or on Kubeflow Pipelines."""

from components.runtime.command_line import run
from pipelines.dvc.repro import repro
from pipelines.dvc.validation import validate
from pipelines.kubeflow.commands import logs, status, wait
from pipelines.kubeflow.compilation import compile_study
from pipelines.kubeflow.submission import submit
from pipelines.local.run import run_here
from pipelines.study.validation import use

if __name__ == "__main__":
    run(
        {
            "use": use,
            "validate": validate,
            "repro": repro,
            "compile": compile_study,
            "local": run_here,
            "submit": submit,
            "status": status,
            "logs": logs,
            "wait": wait,
        }
    )
