"""Resources, mounts, retries and time limits of a task on Kubernetes."""

from collections.abc import Mapping
from typing import Any

from kfp import dsl, kubernetes

from components.runtime.container import LABEL, WORKSPACE
from pipelines.kubernetes.connection import QUEUE
from pipelines.study.params import Resources

SECRET = "matching-experts-store"  # noqa: S105 (the name of a Secret, not a secret)
# Its keys that a pod takes as variables; each may be missing.
VARIABLES = (
    "AWS_ENDPOINT_URL_S3",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REQUEST_CHECKSUM_CALCULATION",
    "AWS_RESPONSE_CHECKSUM_VALIDATION",
    "MATCHING_EXPERTS_CA_CERTIFICATE",
    "MATCHING_EXPERTS_STORE_WAIT_MINUTES",
)
# The key of the language model that tags terms, for that stage's pods only.
LANGUAGE_MODEL_SECRET = "matching-experts-language-model"  # noqa: S105
LANGUAGE_MODEL_VARIABLES = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT")
# Trackers of experiments and their keys, for pods that train (docs/training.md).
TRACKERS_SECRET = "matching-experts-trackers"  # noqa: S105
TRACKERS_VARIABLES = (
    "TRACKERS",
    "WANDB_API_KEY",
    "WANDB_BASE_URL",
    "WANDB_ENTITY",
    "WANDB_PROJECT",
    "MLFLOW_TRACKING_URI",
    "MLFLOW_TRACKING_TOKEN",
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_EXPERIMENT_NAME",
)
Parameter = Any  # kfp's stand-in for a parameter of the pipeline
SHARED_MEMORY = "1Gi"  # for data that PyTorch's processes exchange; part of the pod's memory
# A default Kubeflow installation retries deleted pods only; the next pod resumes from the state in
# the store, so spot nodes may need many retries. With manifests/components/retries applied, other
# failures are retried too: bad input then costs some ten minutes.
RETRIES, PAUSE = 10, "30s"


def place(
    task: dsl.PipelineTask, resources: Resources, *, component: str, queue: str | None
) -> None:
    """Sets what a task requests from a node, and what happens when it fails.

    Its pods are labelled with the component: labels that differ by task would prevent tasks from
    sharing one, and make Kubeflow's record of a run large.
    """
    task.set_cpu_request(str(resources.cpu))
    task.set_memory_request(resources.memory).set_memory_limit(resources.memory)
    task.set_caching_options(enable_caching=False)
    kubernetes.set_timeout(task, resources.hours * 3600)
    # Argo takes the "maximum backoff" as the time of all attempts together, and kills a pod that
    # runs into its end (kubeflow/pipelines#14245): as long as they may take, and a day for nodes
    # to be found.
    hours = (RETRIES + 1) * resources.hours + 24
    task.set_retry(RETRIES, PAUSE, backoff_factor=1, backoff_max_duration=f"{hours}h")
    # The folders that a container with a read-only root file system writes to. An emptyDir, for any
    # user may write there; a volume of the pod's own (add_ephemeral_volume) belongs to root unless
    # the pod has an fsGroup, for which kfp 2.17 cannot ask.
    kubernetes.empty_dir_mount(task, "tmp", "/tmp")  # noqa: S108
    kubernetes.empty_dir_mount(task, "workspace", WORKSPACE, size_limit=resources.storage)
    secrets: dict[str, tuple[str, ...]] = {SECRET: VARIABLES}
    if component == "term_tagging":
        secrets[LANGUAGE_MODEL_SECRET] = LANGUAGE_MODEL_VARIABLES
    if component == "training":
        secrets[TRACKERS_SECRET] = TRACKERS_VARIABLES
    for secret, names in secrets.items():
        kubernetes.use_secret_as_env(task, secret, {name: name for name in names}, optional=True)
    kubernetes.use_field_path_as_env(task, "NODE_NAME", "spec.nodeName")
    kubernetes.use_field_path_as_env(task, "POD_NAMESPACE", "metadata.namespace")
    kubernetes.add_pod_label(task, LABEL, component)  # beside pipeline/runid
    if queue:
        kubernetes.add_pod_label(task, QUEUE, queue)
    # A tag may have moved: the node compares with the registry and pulls what it lacks.
    kubernetes.set_image_pull_policy(task, "Always")
    # Any user but root: clusters may choose one. Images write to mounts only; kfp has no setting
    # for a read-only root file system.
    kubernetes.set_security_context(task, run_as_non_root=True)


def request_gpus(task: dsl.PipelineTask, *, gpu: Parameter, asked: Mapping[str, Parameter]) -> None:
    """Requests GPUs and the nodes that have them, if the task's result is not in the store.

    The first task knows that. It gives the numbers of GPUs of all tasks in one output, from which
    the compilation lets each take its own. Node selector and tolerations can be no part of an
    output (kubeflow/pipelines 2.17, backend/src/v2/driver/k8s.go): they are the same for all tasks,
    and empty if no task of the run asks for GPUs.

    Args:
        task: The task.
        gpu: Kubernetes resource name of the GPUs.
        asked: Outputs of the first task.
    """
    task.set_accelerator_type(gpu).set_accelerator_limit(asked["task_gpus"])
    kubernetes.add_node_selector_json(task, asked["task_node_selector"])
    kubernetes.add_toleration_json(task, asked["task_tolerations"])
    shared = {"medium": "Memory", "size_limit": SHARED_MEMORY}
    kubernetes.empty_dir_mount(task, "shared-memory", "/dev/shm", **shared)  # noqa: S108


def request_disk(task: dsl.PipelineTask, size: str) -> None:
    """Requests as much of the node's own disk as the task may use.

    kfp 2.17 has no setting for it. It passes one resource of any name on as it is, meant for GPUs;
    Kubernetes takes a limit as a request too. So a task with GPUs has the limit of its mount only.
    """
    num_bytes = int(size.removesuffix("Gi")) << 30  # kfp takes digits only
    task.set_accelerator_type("ephemeral-storage").set_accelerator_limit(num_bytes)
