"""The study as a Kubeflow pipeline: a flat graph, one task a stage and variant."""

from importlib import import_module
from inspect import isfunction
from typing import Any

from kfp import dsl, kubernetes

from components.container import ANALYSIS, MODELS, PARAMETERS, WORKSPACE, Component
from components.errors import InputError
from pipelines.graph import Node

NAME = "matching-experts"
DESCRIPTION = "Do models of a field's literature match its experts?"
SECRET = "matching-experts-store"  # noqa: S105 (the name of a Secret, not a secret)
# Keys of the Secret, and of a ConfigMap's worth of settings beside them, as variables of a pod.
VARIABLES = (
    "AWS_ENDPOINT_URL_S3",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REQUEST_CHECKSUM_CALCULATION",
    "AWS_RESPONSE_CHECKSUM_VALIDATION",
)
RETRIES = 3  # a node lost, a store that is busy; bad input fails again at once
GPU = "nvidia.com/gpu"


def pipeline_of(nodes: list[Node], *, params: str, data: str, store: str) -> Any:  # noqa: ANN401
    """The pipeline of a study.

    Args:
        nodes: Its stages, each after those that it needs.
        params: The text of params.yaml that a run gets if it is given no other.
        data: The text of data.dvc, likewise.
        store: The store's URL, likewise.

    Raises:
        InputError: A stage has no component, or its component has other inputs.
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
            _place(task, node)
            task.set_container_image(images[node.meta["image"]])
            if node.meta.get("gpu"):
                task.set_accelerator_type(gpu).set_accelerator_limit(gpus)
                kubernetes.add_node_selector_json(task, node_selector)
                kubernetes.add_toleration_json(task, tolerations)
            tasks[node.stage] = task

    return dsl.pipeline(study, name=NAME, description=DESCRIPTION)


def component_of(node: Node) -> Component:
    """The container component of a stage, for the inputs that it has.

    Raises:
        InputError: The stage has no component, or its component has other inputs.
    """
    name = f"components.{node.component}.component"
    try:
        declared = getattr(import_module(name), node.component)
    except (ModuleNotFoundError, AttributeError):
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
    if taken != set(node.inputs):
        raise InputError(
            f"components/{node.component}/component.py: found inputs {sorted(taken)}, expected"
            f" {sorted(node.inputs)} as dvc.yaml's {node.stage} has them"
        )
    return made


def entry_of(task: dsl.PipelineTask) -> Any:  # noqa: ANN401
    """The output of a task that holds its lock entry: its first."""
    return next(
        value for key, value in task.outputs.items() if key not in ("metrics", "summary", "report")
    )


def _place(task: dsl.PipelineTask, node: Node) -> None:
    """Says what a task asks of a node, and what happens when it fails."""
    meta = node.meta
    task.set_display_name(meta["title"]).set_caching_options(enable_caching=False)
    task.set_cpu_request(str(meta["cpu"])).set_memory_request(meta["memory"])
    task.set_memory_limit(meta["memory"])
    task.set_retry(
        num_retries=RETRIES, backoff_duration="30s", backoff_factor=2, backoff_max_duration="600s"
    )
    kubernetes.set_timeout(task, meta["hours"] * 3600)
    kubernetes.empty_dir_mount(task, "tmp", "/tmp")  # noqa: S108
    kubernetes.empty_dir_mount(task, "shared-memory", "/dev/shm", medium="Memory")  # noqa: S108
    # An emptyDir, for every user may write there; a volume of its own would need an fsGroup, which
    # kfp 2.17 cannot ask for, nor for ephemeral storage but by this limit.
    kubernetes.empty_dir_mount(task, "workspace", WORKSPACE, size_limit=meta["storage"])
    kubernetes.use_secret_as_env(task, SECRET, {name: name for name in VARIABLES}, optional=True)
