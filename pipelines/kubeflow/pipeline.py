"""The study as a Kubeflow pipeline: a flat graph, one task a stage and variant."""

from copy import copy
from dataclasses import replace
from importlib import import_module
from inspect import isfunction
from typing import Any

from kfp import dsl

from components.container import ANALYSIS, MODELS, PARAMETERS, Component
from components.errors import InputError
from pipelines.graph import Node
from pipelines.kubeflow.placement import ask_for_disk, ask_for_gpus, place

NAME = "matching-experts"
DESCRIPTION = "Do models of a field's literature match its experts?"
GPU = "nvidia.com/gpu"
DAY = 24 * 3600
# Argo's record of a run and its pods stay until their logs have been read; Kubeflow keeps the rest.
LIFETIME = dsl.PipelineConfig(
    ttl_seconds_after_success=DAY,
    ttl_seconds_after_failure=7 * DAY,
    active_deadline_seconds=30 * DAY,  # its own default of 14 may not hold every retry
)


def pipeline_of(nodes: list[Node], *, params: str, data: str, store: str) -> Any:  # noqa: ANN401
    """The pipeline of a study.

    Args:
        nodes: Its stages, each after those that it needs.
        params: The text of params.yaml that a run gets if it is given no other.
        data: The text of data.dvc, likewise.
        store: The store's URL, likewise.

    Raises:
        InputError: A stage has no component, or its component lacks an input.
    """
    components = {node.stage: component_of(node) for node in nodes}
    stages = " ".join(sorted(node.stage for node in nodes))

    def study(
        params: str = params,
        data: str = data,
        store: str = store,
        models_image: str = f"{MODELS}:latest",
        analysis_image: str = f"{ANALYSIS}:latest",
        gpu: str = GPU,
        gpus: str = "1",
        node_selector: dict[str, str] = {},  # noqa: B006 (kfp reads the default and never changes it)
        tolerations: list[dict[str, str]] = [],  # noqa: B006
    ) -> None:
        images = {"models": models_image, "analysis": analysis_image}
        tasks: dict[str, dsl.PipelineTask] = {}
        for node in nodes:
            given = {key: entry_of(tasks[stage]) for key, stage in node.inputs.items()}
            task = components[node.stage](
                stage=node.stage, store=store, params=params, data=data, stages=stages, **given
            )
            task.set_display_name(node.meta["title"]).set_caching_options(enable_caching=False)
            task.set_container_image(images[node.meta["image"]])
            place(task, node.meta)
            if node.meta.get("gpu"):
                ask_for_gpus(
                    task, gpu=gpu, gpus=gpus, node_selector=node_selector, tolerations=tolerations
                )
            else:
                ask_for_disk(task, node.meta["storage"])
            tasks[node.stage] = task

    return dsl.pipeline(study, name=NAME, description=DESCRIPTION, pipeline_config=LIFETIME)


def component_of(node: Node) -> Component:
    """The container component of a stage, for the inputs that it has.

    Raises:
        InputError: The stage has no component, or its component lacks an input.
    """
    name = f"components.{node.component}.component"
    try:
        declared = getattr(import_module(name), node.component)
    except (ModuleNotFoundError, AttributeError) as error:
        if isinstance(error, ModuleNotFoundError) and not name.startswith(str(error.name)):
            raise  # of what it imports
        raise InputError(
            f"components/{node.component}/component.py: found no {node.component}, expected it to"
            f" declare the container of {node.stage}"
        ) from None
    made = (
        declared(key for key in node.inputs if key.startswith("scores_"))
        if isfunction(declared)
        else declared
    )
    taken = set(made.component_spec.inputs or {}) - set(PARAMETERS)
    if unknown := sorted(set(node.inputs) - taken):
        raise InputError(
            f"components/{node.component}/component.py: found inputs {sorted(taken)}, expected"
            f" {unknown[0]} too, as dvc.yaml's {node.stage} has it"
        )
    return _fitted(made, node.task, absent=taken - set(node.inputs))


def _fitted(component: Component, name: str, *, absent: set[str]) -> Component:
    """A component under a task's own name, without inputs that no stage makes.

    Kubeflow would count tasks of one component instead. Inputs that are data, published weights
    say, the pod takes from the store.
    """
    specification = component.component_spec
    container = specification.implementation.container
    args = [word for word in container.args if getattr(word, "input_name", None) not in absent]
    other = copy(component)
    other.component_spec = replace(
        specification,
        name=name,
        inputs={key: each for key, each in specification.inputs.items() if key not in absent},
        implementation=replace(
            specification.implementation, container=replace(container, args=args)
        ),
    )
    return other


def entry_of(task: dsl.PipelineTask) -> Any:  # noqa: ANN401
    """The output of a task that holds its lock entry: its first."""
    return next(
        value for key, value in task.outputs.items() if key not in ("metrics", "summary", "report")
    )
