"""The study is submitted to Kubeflow Pipelines."""

import json
import subprocess
from pathlib import Path
from typing import Any

import kfp_server_api
from kfp_server_api import V2beta1Experiment, V2beta1Run, V2beta1RuntimeConfig
from ruamel.yaml import YAML

from components.errors import InputError
from pipelines.kubeflow.commands import wait
from pipelines.kubeflow.compilation import compile_study
from pipelines.kubeflow.host import SECONDS, Host, connect
from pipelines.kubeflow.host_faults import LOGIN, named_faults, read_json
from pipelines.kubeflow.pipeline import GPU, NAME
from pipelines.kubeflow.size import check_characters
from pipelines.kubeflow.watching import command
from pipelines.store.address import address_of

IN_A_POD = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
EQUALS = 1  # of the host's filters


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
    node_selector: str = "{}",
    tolerations: str = "[]",
    experiment: str = NAME,
    name: str | None = None,
    service_account: str | None = None,
    watch: bool = False,
) -> None:
    """Compiles the study and runs it on a Kubeflow Pipelines host.

    Args:
        host: The host's URL; by default KF_PIPELINES_ENDPOINT. Its token is KFP_TOKEN's, or that
            of the pod's service account.
        namespace: The namespace of an installation for several users; in a pod, its own.
        params: The study's parameters.
        data: Which data.
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.
        models_image: The image with PyTorch, registry/name:tag.
        analysis_image: The image without.
        gpu: The resource that training and scoring ask for, nvidia.com/gpu say.
        gpus: How many of it; 0 runs on CPUs.
        node_selector: Labels of the nodes with GPUs, as a JSON object.
        tolerations: Taints that tasks with GPUs tolerate, as a JSON list of objects.
        experiment: The experiment that the run is listed under.
        name: The run's name; by default the parameters' file and the git revision.
        service_account: The Kubernetes service account that pods run as.
        watch: Waits for the run's end, as `wait` does.

    Raises:
        InputError: The study does not compile, or the host is not reached or refuses.
        SystemExit: The run that was waited for failed.
    """
    if gpus < 0:
        raise InputError(f"--gpus: found {gpus}, expected 0 or more")
    address = str(address_of(store, root=Path()))
    name = name or f"{params.stem} {_revision()}"
    arguments = {
        "store": address,
        "models_image": models_image,
        "analysis_image": analysis_image,
        "gpu": gpu,
        "gpus": str(gpus),
        "node_selector": _labels(node_selector),
        "tolerations": _taints(tolerations),
    }
    for flag, text in (("name", name), ("experiment", experiment), *arguments.items()):
        check_characters(str(text), where=f"--{flag.replace('_', '-')}")
    at = connect(host, namespace)
    own = _own_namespace(at)
    pipeline = _compiled(params=params, data=data, store=store)
    run = V2beta1Run(
        display_name=name,
        experiment_id=_experiment_id(at, experiment, own),
        pipeline_spec=pipeline,
        runtime_config=V2beta1RuntimeConfig(parameters=arguments),
        service_account=service_account,
    )
    made = _create(at, run)
    print(f"run: {made}\npage: {at.page(made)}", flush=True)  # noqa: T201
    if watch:
        wait(run=made, store=address, host=at.url, namespace=own)
        return
    for name in ("status", "wait"):
        flags = {"host": at.url, "namespace": own, "store": store}
        print(f"next: {command(name, run=made, **flags)}")  # noqa: T201


def _own_namespace(at: Host) -> str | None:
    """The namespace of our runs, on a host for several users.

    Raises:
        InputError: None is given, and this is no pod with one of its own.
    """
    if at.namespace or not at.serves_several:
        return at.namespace
    if not IN_A_POD.is_file():
        raise InputError(f"{at.url} serves several users: give --namespace")
    return IN_A_POD.read_text(encoding="utf-8").strip()


def _experiment_id(at: Host, name: str, namespace: str | None) -> str:
    """The id of the experiment of a name, which is made if there is none."""
    api = kfp_server_api.ExperimentServiceApi(at.api)
    predicate = {"operation": EQUALS, "key": "display_name", "stringValue": name}
    with named_faults(at.url, missing="found no Kubeflow Pipelines: check --host"):
        found = api.experiment_service_list_experiments(
            filter=json.dumps({"predicates": [predicate]}),
            namespace=namespace or "",
            _request_timeout=SECONDS,
        ).experiments
        made = (found and found[0]) or api.experiment_service_create_experiment(
            V2beta1Experiment(display_name=name, namespace=namespace), _request_timeout=SECONDS
        )
    return str(made.experiment_id)


def _create(at: Host, run: V2beta1Run) -> str:
    """Creates a run; returns its id."""
    with named_faults(at.url, missing="its experiment is gone: submit again"):
        api = kfp_server_api.RunServiceApi(at.api)
        made = api.run_service_create_run(run, _request_timeout=SECONDS)
    if not made.run_id:
        raise InputError(f"{at.url}: {LOGIN}")
    return str(made.run_id)


def _compiled(*, params: Path, data: Path, store: str | None) -> dict[str, Any]:
    """The study as a host takes it: the pipeline and what it says for Kubernetes."""
    file = Path(".state") / "study.yaml"
    file.parent.mkdir(exist_ok=True)
    compile_study(output=file, params=params, data=data, store=store)
    pipeline, platform = YAML(typ="safe", pure=True).load_all(file.read_text(encoding="utf-8"))
    return {"pipeline_spec": pipeline, "platform_spec": platform}


def _revision() -> str:
    """The git revision of this checkout, with a plus sign where files are changed."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unversioned"


def _labels(text: str) -> dict[str, str]:
    found = read_json(text)
    if isinstance(found, dict) and all(isinstance(value, str) for value in found.values()):
        return found
    raise InputError(f'--node-selector: found \'{text}\', expected JSON such as {{"pool": "gpu"}}')


def _taints(text: str) -> list[dict[str, Any]]:
    found = read_json(text)
    if isinstance(found, list) and all(isinstance(each, dict) for each in found):
        return found
    example = '[{"key": "nvidia.com/gpu", "operator": "Exists"}]'
    raise InputError(f"--tolerations: found '{text}', expected JSON such as {example}")
