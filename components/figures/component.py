"""The stage's container on Kubernetes: the one whose results people open on Kubeflow's pages."""

from kfp import dsl

from components.runtime.container import ANALYSIS, PROGRAM, stage_arguments


@dsl.container_component  # type: ignore[untyped-decorator]
def figures(
    about: str,  # noqa: ARG001 (to be read on the task's page)
    stage: str,
    run: str,
    store: str,
    summary: dsl.Output[dsl.Markdown],
    report: dsl.Output[dsl.HTML],
) -> dsl.ContainerSpec:
    """The table of results and the report."""
    return dsl.ContainerSpec(
        image=ANALYSIS,
        command=PROGRAM,
        args=[
            *stage_arguments(stage, run=run, store=store),
            *("--summary", summary.path, "--report", report.path),
            *("--executor-input", dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER),
        ],
    )
