"""The stage's container on Kubernetes: Kubeflow's pages compare runs by its metrics."""

from kfp import dsl

from components.runtime.container import ANALYSIS, PROGRAM, stage_arguments


@dsl.container_component  # type: ignore[untyped-decorator]
def statistics(
    about: str,  # noqa: ARG001 (to be read on the task's page)
    stage: str,
    run: str,
    store: str,
    metrics: dsl.Output[dsl.Metrics],
) -> dsl.ContainerSpec:
    """The headline numbers."""
    return dsl.ContainerSpec(
        image=ANALYSIS,
        command=PROGRAM,
        args=[
            *stage_arguments(stage, run=run, store=store),
            *("--metrics", metrics.path),
            *("--executor-input", dsl.PIPELINE_TASK_EXECUTOR_INPUT_PLACEHOLDER),
        ],
    )
