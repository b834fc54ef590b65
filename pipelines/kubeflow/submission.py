"""Submits the study to Kubeflow Pipelines."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from components.runtime.container import GPU, NAME
from components.runtime.errors import InputError
from pipelines.kubeflow.commands import wait
from pipelines.kubeflow.compilation import check_characters, compile_specifications

if TYPE_CHECKING:
    from kfp_server_api import V2beta1Run

    from pipelines.kubeflow.host import Host

EQUALS = 1  # operation of a filter
LOST = "; the run may have been created: look for it on the host's page before another submit"
DIGEST = r"sha256:[0-9a-f]{64}"


def submit(
    *,
    host: str | None = None,
    namespace: str | None = None,
    params: Path = Path("params.yaml"),
    data: Path = Path("data.dvc"),
    store: str | None = None,
    models_image: str,
    analysis_image: str,
    gpu: str = GPU,
    gpus: int = 1,
    nodes: int = 1,
    scoring_gpus: int = 1,
    node_selector: str = "{}",
    tolerations: str = "[]",
    experiment: str = NAME,
    name: str | None = None,
    service_account: str | None = None,
    queue: str | None = None,
    watch: bool = False,
) -> None:
    """Compiles the study and submits it to Kubeflow Pipelines.

    Args:
        host: URL of Kubeflow Pipelines; by default KF_PIPELINES_ENDPOINT. The token is taken from
            KFP_TOKEN or the pod's service account.
        namespace: Namespace of the runs if the host serves several users; in a pod, its own.
        params: File with the study's parameters.
        data: File data.dvc, which names the data.
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.
        models_image: Container image with PyTorch, registry/name@sha256:digest or, if pods may get
            different ones when it moves, registry/name:tag.
        analysis_image: Container image without PyTorch, named in the same way.
        gpu: Kubernetes resource name of the GPUs for training and scoring.
        gpus: Number of GPUs of a task that trains, or of each of its nodes; 0 runs all tasks on
            CPUs.
        nodes: Number of nodes that each training spreads over; with more than one it is a TrainJob
            of Kubeflow Trainer.
        scoring_gpus: Number of GPUs of a task that scores, more than 1 for a model that is larger
            than one. No task whose result is in the store asks for any.
        node_selector: Labels of the nodes with GPUs, as a JSON object.
        tolerations: Tolerations of tasks with GPUs, as a JSON list of objects.
        experiment: Experiment that the run is listed under.
        name: Name of the run; by default the parameters' file name and the git revision.
        service_account: Kubernetes service account of the pods.
        queue: Name of Kueue's queue for the pods; by default they wait for none.
        watch: Wait for the end of the run, as `wait` does.

    Raises:
        InputError: The study does not compile, or the host is not reached or refuses.
        SystemExit: The run failed, with --watch.
    """
    from kfp_server_api import V2beta1Run, V2beta1RuntimeConfig

    from pipelines.dvc.remote import address_of
    from pipelines.kubeflow.host import connect
    from pipelines.kubeflow.watching import command

    for flag, count in (("--gpus", gpus), ("--scoring-gpus", scoring_gpus)):
        if count < 0:
            raise InputError(f"{flag}: found {count}, expected 0 or more")
    _check_images(models_image, analysis_image)
    address = str(address_of(store, root=Path()))
    name = name or f"{params.stem} {_revision()}"
    arguments = {
        "store": address,
        "models_image": models_image,
        "analysis_image": analysis_image,
        "gpu": gpu,
        "gpus": str(gpus),
        "scoring_gpus": str(scoring_gpus),
        "node_selector": _parsed("--node-selector", node_selector, like={"pool": "gpu"}),
        "tolerations": _parsed("--tolerations", tolerations, like=[{"key": "nvidia.com/gpu"}]),
    }
    for flag, text in (("name", name), ("experiment", experiment), *arguments.items()):
        check_characters(str(text), where=f"--{flag.replace('_', '-')}")
    at = connect(host, namespace)
    pipeline, platform = compile_specifications(
        params=params, data=data, store=store, queue=queue, num_nodes=nodes
    )
    run = V2beta1Run(
        display_name=name,
        pipeline_spec={"pipeline_spec": pipeline, "platform_spec": platform},
        runtime_config=V2beta1RuntimeConfig(parameters=arguments),
        service_account=service_account,
    )
    made = _create(at, run, experiment=experiment)
    print(f"run: {made}\npage: {at.page(made)}", flush=True)
    if watch:
        wait(run=made, store=address, host=at.url, namespace=at.namespace)
        return
    for name in ("status", "wait"):
        flags = {"host": at.url, "namespace": at.namespace, "store": store}
        print(f"next: {command(name, run=made, **flags)}")


def _check_images(*images: str) -> None:
    """Notes images that are named by tag, since pods of one run may get different ones.

    Raises:
        InputError: What stands behind an @ is no digest.
    """
    for image in images:
        if "@" in image and not re.fullmatch(DIGEST, image.partition("@")[2]):
            expected = "registry/name@sha256: and 64 hexadecimal digits"
            raise InputError(f"image: found '{image}', expected {expected}")
    if tags := [each for each in images if "@" not in each]:
        listed = " and ".join(dict.fromkeys(tags))
        print(f"note: named by tag, which may move during the run: {listed}", file=sys.stderr)


def _create(at: "Host", run: "V2beta1Run", *, experiment: str) -> str:
    """Creates a run, and its experiment if there is none; returns the run's id."""
    import kfp_server_api

    from pipelines.kubeflow.host import NO_HOST, TIMEOUT, user_errors

    api = kfp_server_api.ExperimentServiceApi(at.api)
    predicate = {"operation": EQUALS, "key": "display_name", "stringValue": experiment}
    with user_errors(at.url, missing=NO_HOST):
        found = api.experiment_service_list_experiments(
            filter=json.dumps({"predicates": [predicate]}),
            namespace=at.namespace or "",
            _request_timeout=TIMEOUT,
        ).experiments
        group = (found and found[0]) or api.experiment_service_create_experiment(
            kfp_server_api.V2beta1Experiment(display_name=experiment, namespace=at.namespace),
            _request_timeout=TIMEOUT,
        )
        run.experiment_id = group.experiment_id
    with user_errors(at.url, missing=NO_HOST, lost=LOST):
        runs = kfp_server_api.RunServiceApi(at.api)
        return str(runs.run_service_create_run(run, _request_timeout=TIMEOUT).run_id)


def _revision() -> str:
    """The git revision of this checkout, with a plus sign if files have changed."""
    if not (git := shutil.which("git")):
        return "unversioned"
    command = [git, "describe", "--always", "--dirty=+"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip() or "unversioned"


def _parsed(flag: str, text: str, *, like: Any) -> Any:  # noqa: ANN401
    """The value of a flag in JSON: an object of texts or a list of objects, like the example."""
    from pipelines.kubernetes.answers import read_json

    found = read_json(text)
    members = found.values() if isinstance(found, dict) else found
    kind = str if isinstance(like, dict) else dict
    if isinstance(found, type(like)) and all(isinstance(each, kind) for each in members):
        return found
    raise InputError(f"{flag}: found '{text}', expected JSON such as {json.dumps(like)}")
