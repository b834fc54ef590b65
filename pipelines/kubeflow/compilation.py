"""Compiles a study for Kubeflow Pipelines."""

import re
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.formats.json_file import read_text
from components.runtime.atomic import written_file
from components.runtime.errors import InputError
from pipelines.kubeflow.size import check_characters, check_size
from pipelines.study.validation import read_study

if TYPE_CHECKING:
    from pipelines.dvc.graph import Node

COMPILED = Path("study.yaml")
QUEUE_NAME = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"  # as a label holds it
REPEATED = ("base_image", "accelerator_count", "accelerator_type")
TASK_GPUS = "pipelinechannel--check-study-task_gpus"  # kfp's name of the first task's output
Specification = dict[str, Any]


def compile_study(
    *,
    output: Path = COMPILED,
    params: Path = Path("params.yaml"),
    data: Path = Path("data.dvc"),
    store: str | None = None,
    queue: str | None = None,
    nodes: int = 1,
) -> None:
    """Compiles the study into a Kubeflow pipeline, one task per stage and variant.

    Args:
        output: File for the compiled pipeline, in YAML.
        params: File with the study's parameters; a run can be given others with the same variants.
        data: File data.dvc, which names the data.
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.
        queue: Name of Kueue's queue for the pods; by default they wait for none.
        nodes: Number of nodes that each training spreads over; with more than one it is a TrainJob
            of Kubeflow Trainer.

    Raises:
        InputError: The study does not compile (see `compile_specifications`).
    """
    import yaml

    specification, platform = compile_specifications(
        params=params, data=data, store=store, queue=queue, num_nodes=nodes
    )
    with written_file(output) as partial, partial.open("w", encoding="utf-8") as file:
        yaml.safe_dump_all([specification, platform], file, allow_unicode=True)
    print(f"{output}: {len(specification['root']['dag']['tasks'])} tasks")


def compile_specifications(
    *,
    params: Path,
    data: Path,
    store: str | None = None,
    queue: str | None = None,
    num_nodes: int = 1,
) -> tuple[Specification, Specification]:
    """The study's pipeline specification and its settings for Kubernetes.

    Args:
        params: File with the study's parameters.
        data: File data.dvc.
        store: URL of the store; by default the DVC remote of this checkout.
        queue: Name of Kueue's queue for the pods.
        num_nodes: Number of nodes of each training.

    Raises:
        InputError: The parameters, the queue's name or the number of nodes are bad, a stage has no
            component, or Kubeflow cannot hold the study: it is too large, or has characters that
            its database does not take.
    """
    from pipelines.dvc.graph import read_graph
    from pipelines.dvc.remote import address_of

    if queue is not None and not re.fullmatch(QUEUE_NAME, queue):
        raise InputError(f"--queue: found '{queue}', expected a name of a-z, 0-9 and -")
    if num_nodes < 1:
        raise InputError(f"--nodes: found {num_nodes}, expected 1 or more")
    read_study(params, definition=Path("dvc.yaml"))
    texts = {"params": read_text(params), "data": read_text(data)}
    url = str(address_of(store, root=Path()))
    for where, text in ((params, texts["params"]), (data, texts["data"])):
        check_characters(text, where=str(where))
    nodes = read_graph(Path(), **texts)
    for node in nodes:
        check_characters(f"{node.title}\n{node.about}", where=f"dvc.yaml: {node.stage}")
    specification, platform = compiled(nodes, **texts, store=url, queue=queue, num_nodes=num_nodes)
    check_size(specification, where=str(params))
    return specification, platform


def compiled(
    nodes: "list[Node]",
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
        params: Content of params.yaml.
        data: Content of data.dvc.
        store: URL of the store.
        queue: Name of Kueue's queue for the pods.
        num_nodes: Number of nodes of each training.

    Raises:
        InputError: A stage has no component.
    """
    from google.protobuf.json_format import MessageToDict

    from pipelines.kubeflow.pipeline import pipeline_of

    study = pipeline_of(
        nodes, params=params, data=data, store=store, queue=queue, num_nodes=num_nodes
    )
    specification, platform = map(MessageToDict, (study.pipeline_spec, study.platform_spec))
    for task in specification["root"]["dag"]["tasks"].values():
        _tidy_inputs(task["inputs"]["parameters"])
    folders = {node.task: node.component for node in nodes}
    _share_components(specification, platform, folders=folders)
    return specification, platform


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
