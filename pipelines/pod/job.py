"""Runs one stage on several nodes: makes a TrainJob whose pods run it together."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

from components.runtime.container import LABEL, PROGRAM, stage_arguments
from components.runtime.errors import InputError
from pipelines.dvc.remote import read_address
from pipelines.kubernetes.connection import QUEUE
from pipelines.pod.reporting import Reporting
from pipelines.pod.stage import laid_out
from pipelines.pod.train_job import GROUP, NODE, VERSION, Cluster, Manifest, run_job
from pipelines.store.bucket import Bucket
from pipelines.store.connection import connect, pod_wait
from pipelines.store.studies import write_entry
from pipelines.study.params import Resources, read_resources

RUNTIME = "matching-experts"  # of manifests/components/trainer
MANAGER = "matching-experts/pipelines"  # owner of the job's changes to its runtime
# For the optimizer step that a stop lets end, a checkpoint and its upload (docs/training.md).
GRACE_SECONDS = 300
LONGEST_STAGE = 30  # characters of a job's name, which Kubernetes adds to for its pods


def job(
    *,
    stage: str,
    run: str,
    store: str,
    image: str,
    nodes: int,
    gpu: str,
    gpus: int,
    node_selector: str = "{}",
    tolerations: str = "[]",
    queue: str | None = None,
    code: Path = Path(),
    workspace: Path = Path("/tmp/workspace"),  # noqa: S108 (a pod's own)
) -> None:
    """Runs one stage of a study on several nodes, unless the store holds its result already.

    It makes a TrainJob of Kubeflow Trainer, prints the first node's log, and ends as that does. An
    attempt that follows another one takes up the job that still runs. SIGTERM and Ctrl-C delete the
    job; its pods then write a checkpoint, from which the next attempt resumes.

    Args:
        stage: Name of the stage in dvc.yaml, for example training@gpt2-neuro.
        run: Id of the run. Its first task, `check-study`, has written the study into the store.
        store: URL of the store, s3://bucket/prefix; endpoint and keys come from the environment.
        image: Container image with PyTorch, registry/name:tag.
        nodes: Number of nodes.
        gpu: Kubernetes resource name of the GPUs.
        gpus: Number of GPUs of each node; 0 runs on CPUs.
        node_selector: Labels of the nodes, as a JSON object.
        tolerations: Tolerations for the nodes' taints, as a JSON list of objects.
        queue: Name of Kueue's queue for the job; by default it waits for none.
        code: Folder with components/, dvc.yaml and .dvcignore.
        workspace: Folder for the stage's description; the stage itself runs on the nodes.

    Raises:
        InputError: The job cannot be made, was deleted or failed, or left no result in the store.
        SystemExit: The stage's command failed on a node; with its exit code.
    """
    bucket = Bucket(read_address(store), connect(wait=pod_wait()))
    with (
        Reporting(bucket, run=run, stage=stage).entered() as task,
        laid_out(stage, bucket=bucket, run=run, code=code, workspace=workspace) as stage_run,
    ):
        if entry := stage_run.cached_entry():
            task.found_cached()
        else:
            cluster = Cluster()
            row = read_resources(Path("params.yaml"), stage=stage)
            trainer = {
                "image": image,
                "command": PROGRAM,
                "args": stage_arguments(stage, run=run, store=store, program="node"),
                "numNodes": nodes,
                "numProcPerNode": max(1, gpus),
                "resourcesPerNode": _requested(row, gpu=gpu, gpus=gpus),
            }
            labels = {"pipeline/runid": run, LABEL: stage.partition("@")[0]}
            pod = {
                "metadata": {"labels": labels, "annotations": cluster.task},
                "spec": {
                    "nodeSelector": _read_json(node_selector, flag="--node-selector"),
                    "tolerations": _read_json(tolerations, flag="--tolerations"),
                    "terminationGracePeriodSeconds": GRACE_SECONDS,
                },
            }
            metadata = {
                "name": _job_name(stage, run=run, key=stage_run.key),
                "labels": {QUEUE: queue} if queue else {},
                "ownerReferences": cluster.owners,
            }
            run_job(cluster, _train_job(metadata, trainer=trainer, pod=pod, hours=row.hours))
            if not (entry := stage_run.cached_entry()):
                raise InputError(
                    f"{stage}: its TrainJob is complete, but the store lacks the result"
                )
        write_entry(bucket, run, stage, entry)


def _job_name(stage: str, *, run: str, key: str) -> str:
    """The name of a stage's TrainJob: the same for all attempts of a run with the same inputs."""
    readable = re.sub(r"[^a-z0-9]+", "-", stage.lower())[:LONGEST_STAGE].strip("-")
    return f"{readable}-{hashlib.sha256(f'{run} {key}'.encode()).hexdigest()[:10]}"


def _requested(row: Resources, *, gpu: str, gpus: int) -> Manifest:
    """Requests and limits of each node, as of a pod that trains alone."""
    limits = {"memory": row.memory} | ({gpu: str(gpus)} if gpus else {})
    requests = {"cpu": str(row.cpu), "ephemeral-storage": row.storage}
    return {"requests": requests | limits, "limits": limits}


def _train_job(metadata: Manifest, *, trainer: Manifest, pod: Manifest, hours: int) -> Manifest:
    """A TrainJob of the runtime in manifests/components/trainer, whose pods are patched."""
    group = {"name": NODE, "template": {"spec": {"template": pod}}}
    patched = {"template": {"spec": {"replicatedJobs": [group]}}}
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "TrainJob",
        "metadata": metadata,
        "spec": {
            "runtimeRef": {"kind": "TrainingRuntime", "name": RUNTIME},
            "activeDeadlineSeconds": hours * 3600,
            "trainer": trainer,
            "runtimePatches": [{"manager": MANAGER, "trainingRuntimeSpec": patched}],
        },
    }


def _read_json(text: str, *, flag: str) -> Any:  # noqa: ANN401
    """The value of a flag; Kubeflow writes its whole numbers as 300.0, which Kubernetes refuses."""
    try:
        return json.loads(text, parse_float=lambda found: int(float(found)))
    except ValueError:
        raise InputError(f"{flag}: found '{text}', expected JSON") from None
