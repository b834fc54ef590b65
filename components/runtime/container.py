"""What a stage's `component.py` declares: its container on Kubernetes.

All containers run one program, `python -m pipelines.pod`. They hand each other nothing: what they
read and make is in the store. Only what people open on Kubeflow's pages is an output.
"""

from typing import Any

MODELS, ANALYSIS = "matching-experts-models", "matching-experts-analysis"  # sets of packages
PROGRAM = ["python", "-m", "pipelines.pod"]
WORKSPACE = "/workspace"  # a disk of the pod's own
NAME = "matching-experts"  # of the pipeline, and of the experiment that lists its runs
GPU = "nvidia.com/gpu"  # the resource that training and scoring request
LABEL = "matching-experts/stage"  # of a stage's pods
Component = Any  # kfp makes its classes when it runs


def stage_component(name: str, *, image: str) -> Component:
    """The container component of a stage that nobody opens on Kubeflow's pages.

    Args:
        name: Name of the stage's folder.
        image: The set of packages that it needs; the pipeline puts the image's full name there.
    """
    from kfp import dsl

    # A task's page begins with its inputs: `about` is there to be read, the program needs none.
    def declared(about: str, stage: str, run: str, store: str) -> dsl.ContainerSpec:  # noqa: ARG001
        return dsl.ContainerSpec(
            image=image, command=PROGRAM, args=stage_arguments(stage, run=run, store=store)
        )

    declared.__name__ = name
    return dsl.container_component(declared)


def stage_arguments(stage: str, *, run: str, store: str, program: str = "stage") -> list[str]:
    """What the program of every stage's container is given.

    Args:
        stage: Name of the stage in dvc.yaml.
        run: The run's id.
        store: URL of the store, s3://bucket/prefix.
        program: `stage`, or on several nodes `job`, or in each of its pods `node`.
    """
    flags = ["--run", run, "--stage", stage, "--store", store]
    return [program, *flags, "--workspace", WORKSPACE]
