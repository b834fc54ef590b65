"""The study as a Kubeflow pipeline: a flat graph, one task per stage and variant."""

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from importlib import import_module
from itertools import chain, count
from typing import Any

from google.protobuf.json_format import MessageToDict
from kfp import dsl

from components.runtime.container import (
    ANALYSIS,
    GPU,
    MODELS,
    NAME,
    PROGRAM,
    Component,
    stage_arguments,
)
from components.runtime.errors import InputError
from pipelines.dvc.graph import Node
from pipelines.kubeflow.placement import place, request_disk, request_gpus
from pipelines.store.task_states import CHECK, CHECK_TITLE
from pipelines.study.params import Resources

DESCRIPTION = "Do models of a field's literature match its experts?"
DAY = 24 * 3600
# Argo's record of a run and its pods stay until their logs have been read; Kubeflow keeps the rest.
LIFETIME = dsl.PipelineConfig(
    ttl_seconds_after_success=DAY,
    ttl_seconds_after_failure=7 * DAY,
    active_deadline_seconds=90 * DAY,  # its own default of 14 may not hold every retry
)
CHECK_RESOURCES = Resources(cpu=1, memory="2Gi", storage="2Gi", hours=1)
# Kubeflow's driver fills it, but only where it is the whole value of a task's input.
RUN = dsl.PIPELINE_JOB_ID_PLACEHOLDER
REPEATED = ("base_image", "accelerator_count", "accelerator_type")
TASK_GPUS = "pipelinechannel--check-study-task_gpus"  # kfp's name of the first task's output
Specification = dict[str, Any]


@dsl.container_component  # type: ignore[untyped-decorator]
def check_study(
    run: str,
    store: str,
    params: str,
    data: str,
    stages: str,
    gpus: str,
    scoring_gpus: str,
    node_selector: dict[str, str],
    tolerations: list[dict[str, str]],
    task_gpus: dsl.OutputPath(str),  # type: ignore[valid-type]
    task_node_selector: dsl.OutputPath(dict),  # type: ignore[valid-type]
    task_tolerations: dsl.OutputPath(list),  # type: ignore[valid-type]
) -> dsl.ContainerSpec:
    """Validates the study, writes it into the store for the other tasks, and says what they need.

    Its image is that of all tasks with GPUs: what it finds in the store is of their code.
    """
    flags = [(f"--{name.replace('_', '-')}", value) for name, value in locals().items()]
    return dsl.ContainerSpec(image=MODELS, command=PROGRAM, args=["study", *chain(*flags)])


def compiled(
    nodes: list[Node],
    *,
    params: str,
    data: str,
    store: str,
    queue: str | None = None,
    num_nodes: int = 1,
) -> tuple[Specification, Specification]:
    """A study's pipeline specification and its settings for Kubernetes, as Kubeflow reads them.

    Args:
        nodes: The stages in topological order.
        params: Content of params.yaml, the default of the run's parameter.
        data: Content of data.dvc, the default of the run's parameter.
        store: URL of the store, the default of the run's parameter.
        queue: Kueue's queue for the pods; kfp has no parameters in labels.
        num_nodes: Number of nodes of each training; it decides what a task's pod requests.

    Raises:
        InputError: A stage has no component.
    """
    jobs = [node for node in nodes if num_nodes > 1 and node.gpu == "training"]
    components = {
        node.stage: job_component(node, num_nodes, queue=queue)
        if node in jobs
        else component_of(node)
        for node in nodes
    }
    stages = " ".join(sorted(components))

    def study(
        params: str = params,
        data: str = data,
        store: str = store,
        models_image: str = f"{MODELS}:latest",
        analysis_image: str = f"{ANALYSIS}:latest",
        gpu: str = GPU,
        gpus: str = "1",
        scoring_gpus: str = "1",
        node_selector: dict[str, str] = {},  # noqa: B006 (kfp reads the default and never changes it)
        tolerations: list[dict[str, str]] = [],  # noqa: B006
    ) -> None:
        images = {MODELS: models_image, ANALYSIS: analysis_image}
        asked: dict[str, Any] = {"gpus": gpus, "node_selector": node_selector}
        asked["tolerations"] = tolerations
        texts = {"params": params, "data": data, "stages": stages, "scoring_gpus": scoring_gpus}
        first = check_study(run=RUN, store=store, **texts, **asked)
        place(first, CHECK_RESOURCES, component=CHECK, queue=queue)
        request_disk(first, CHECK_RESOURCES.storage)
        first.set_display_name(CHECK_TITLE).set_container_image(models_image)
        of_job: dict[str, Any] = {"image": models_image, "gpu": gpu, **asked}
        tasks: dict[str, dsl.PipelineTask] = {}
        for node in nodes:
            component, is_job = components[node.stage], node in jobs
            inputs = {"about": node.about, "stage": node.stage, "run": RUN, "store": store}
            task = component(**inputs, **(of_job if is_job else {}))
            task.after(*(tasks[stage] for stage in node.after) if node.after else (first,))
            task.set_display_name(node.title).set_container_image(images[image_of(component)])
            resources = resources_of_job(node.resources) if is_job else node.resources
            place(task, resources, component=node.component, queue=None if is_job else queue)
            if node.gpu and not is_job:
                request_gpus(task, gpu=gpu, asked=first.outputs)
            else:
                request_disk(task, resources.storage)
            tasks[node.stage] = task

    made = dsl.pipeline(study, name=NAME, description=DESCRIPTION, pipeline_config=LIFETIME)
    specification, platform = map(MessageToDict, (made.pipeline_spec, made.platform_spec))
    for task in specification["root"]["dag"]["tasks"].values():
        _tidy_inputs(task["inputs"]["parameters"])
    _share_components(
        specification, platform, folders={each.task: each.component for each in nodes}
    )
    return specification, platform


def component_of(node: Node) -> Component:
    """The container component of a stage, under the name of its task.

    Raises:
        InputError: The stage has no component.
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
    return _renamed(declared, node.task)


def _renamed(component: Component, name: str) -> Component:
    """A copy of a component with the name of a task; Kubeflow would number its tasks instead."""
    copied = copy(component)
    copied.component_spec = replace(component.component_spec, name=name)
    return copied


def job_component(node: Node, num_nodes: int, *, queue: str | None) -> Component:
    """The component of a stage that trains on several nodes: its pod makes a TrainJob."""

    def train_job(
        about: str,  # noqa: ARG001
        stage: str,
        run: str,
        store: str,
        image: str,
        gpu: str,
        gpus: str,
        node_selector: dict[str, str],
        tolerations: list[dict[str, str]],
    ) -> dsl.ContainerSpec:
        arguments: list[Any] = stage_arguments(stage, run=run, store=store, program="job")
        arguments += ["--image", image, "--nodes", str(num_nodes), "--gpu", gpu, "--gpus", gpus]
        arguments += ["--node-selector", node_selector, "--tolerations", tolerations]
        arguments += ["--queue", queue] if queue else []
        return dsl.ContainerSpec(image=ANALYSIS, command=PROGRAM, args=arguments)

    return _renamed(dsl.container_component(train_job), node.task)


def resources_of_job(resources: Resources) -> Resources:
    """What the pod requests that makes a TrainJob: as little as the check, and a day more time.

    The job itself keeps to the stage's `hours`, which begin when its pods do.
    """
    return CHECK_RESOURCES.model_copy(update={"hours": resources.hours + 24})


def image_of(component: Component) -> str:
    """The image that a component declares: the set of packages that it needs."""
    return str(component.component_spec.implementation.container.image)


def _tidy_inputs(inputs: Specification) -> None:
    """Lets a task take its own number of GPUs from those of all tasks; changes its inputs.

    kfp writes such selectors for items of loops only. It also repeats image and accelerator among
    the inputs, which nothing reads there (kubeflow/pipelines 2.17, backend/src/v2/driver: a pod's
    come from its container), which Kubeflow's record holds, and where all tasks' numbers would be.
    """
    for name in REPEATED:
        inputs.pop(name, None)
    if TASK_GPUS in inputs:
        stage = inputs["stage"]["runtimeValue"]["constant"]
        inputs[TASK_GPUS]["parameterExpressionSelector"] = f'parseJson(string_value)["{stage}"]'


def _share_components(
    specification: Specification, platform: Specification, *, folders: Mapping[str, str]
) -> None:
    """Merges equal components into one, named after its folder; changes the arguments.

    kfp writes one for each task. Kubeflow's record of a run holds them all, and Argo keeps that in
    an object of 1 MB: forty variants would not fit.
    """
    containers = specification["deploymentSpec"]["executors"]
    settings = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    components = specification["components"]
    shared: dict[str, list[Any]] = {}
    for key, task in sorted(specification["root"]["dag"]["tasks"].items()):
        label = components[task["componentRef"]["name"]].pop("executorLabel")
        parts = [components[task["componentRef"]["name"]], containers[label], settings[label]]
        folder = folders.get(key, key).replace("_", "-")
        names = (folder if n == 1 else f"{folder}-{n}" for n in count(1))
        name = next(each for each in names if shared.setdefault(each, parts) == parts)
        task["componentRef"]["name"] = f"comp-{name}"
    for table in (components, containers, settings):
        table.clear()
    for name, (component, container, setting) in shared.items():
        components[f"comp-{name}"] = component | {"executorLabel": f"exec-{name}"}
        containers[f"exec-{name}"] = container
        settings[f"exec-{name}"] = setting
