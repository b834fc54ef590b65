"""Runs of the study on Kubeflow Pipelines: submitted, watched, waited for."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import urllib3

from components.errors import InputError
from pipelines.compilation import compile_study
from pipelines.host import TOKEN, Host, bearer, connect, named_faults
from pipelines.pipeline import GPU, NAME

GOOD, BAD = {"SUCCEEDED", "SKIPPED"}, {"FAILED", "CANCELED"}
LOG_LINES = 20
SECONDS_BETWEEN_LOOKS = 10.0


@dataclass(frozen=True)
class Task:
    """A task of a run, as the host tells it.

    Attributes:
        name: What its page shows, "train gpt2-neuro" say.
        state: PENDING, RUNNING, SUCCEEDED, SKIPPED, FAILED, CANCELED, ...
        pods: Names of its pods, the newest last.
        message: What went wrong, if anything.
    """

    name: str
    state: str
    pods: tuple[str, ...]
    message: str


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
        namespace: The namespace of a multi-user installation.
        params: The study's parameters.
        data: Which data.
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.
        models_image: The image with PyTorch, registry/name:tag.
        analysis_image: The image without.
        gpu: The resource that training and scoring ask for, nvidia.com/gpu say.
        gpus: How many of it; 0 runs on CPUs.
        node_selector: Labels of the nodes with GPUs, as a JSON object.
        tolerations: Taints that tasks with GPUs tolerate, as a JSON list.
        experiment: The experiment that the run is listed under.
        name: The run's name; by default the parameters' file and the git revision.
        service_account: The Kubernetes service account that pods run as.
        watch: Waits for the run's end, as `wait` does.

    Raises:
        InputError: The study does not compile, or the host is not reached or refuses.
        SystemExit: The run that was waited for failed.
    """
    arguments = {
        "models_image": models_image,
        "analysis_image": analysis_image,
        "gpu": gpu,
        "gpus": str(gpus),
        "node_selector": _json(node_selector, dict, "--node-selector"),
        "tolerations": _json(tolerations, list, "--tolerations"),
    }
    compiled = Path(".state") / "study.yaml"
    compiled.parent.mkdir(exist_ok=True)
    compile_study(output=compiled, params=params, data=data, store=store)
    at = connect(host, namespace)
    with named_faults(at.url):
        run = at.client.create_run_from_pipeline_package(
            str(compiled),
            arguments=arguments,
            run_name=name or f"{params.stem} {_revision()}",
            experiment_name=experiment,
            namespace=namespace,
            enable_caching=False,
            service_account=service_account,
        )
    print(f"run: {run.run_id}\npage: {at.page(run.run_id)}")  # noqa: T201
    if watch:
        _wait(at, run.run_id)


def status(*, run: str, host: str | None = None, namespace: str | None = None) -> None:
    """Shows the state of a run's tasks.

    Args:
        run: The run's id.
        host: The host's URL; by default KF_PIPELINES_ENDPOINT.
        namespace: The namespace of a multi-user installation.

    Raises:
        InputError: There is no such run, or the host is not reached or refuses.
    """
    state, tasks = look(connect(host, namespace), run)
    width = max((len(task.name) for task in tasks), default=0)
    for task in tasks:
        print(f"{task.name:{width}}  {task.state.lower()}")  # noqa: T201
    print(f"run: {state.lower()}")  # noqa: T201


def logs(*, run: str, task: str, host: str | None = None, namespace: str | None = None) -> None:
    """Shows the log of a run's task.

    Args:
        run: The run's id.
        task: The task's name, as `status` shows it.
        host: The host's URL; by default KF_PIPELINES_ENDPOINT.
        namespace: The namespace of a multi-user installation.

    Raises:
        InputError: There is no such run or task, or the host is not reached or refuses.
    """
    at = connect(host, namespace)
    _, tasks = look(at, run)
    found = {each.name: each for each in tasks}
    if task not in found:
        raise InputError(f"task: found '{task}', expected one of {', '.join(found)}")
    print(_log(at, run, found[task]))  # noqa: T201


def wait(*, run: str, host: str | None = None, namespace: str | None = None) -> None:
    """Waits for the end of a run, a line for each task that starts or ends.

    Args:
        run: The run's id.
        host: The host's URL; by default KF_PIPELINES_ENDPOINT.
        namespace: The namespace of a multi-user installation.

    Raises:
        InputError: There is no such run, or the host is not reached or refuses.
        SystemExit: The run failed; its last line names the task, after the end of its log.
    """
    _wait(connect(host, namespace), run)


def look(at: Host, run: str) -> tuple[str, list[Task]]:
    """The state of a run and of its tasks, in the order in which they were made.

    Raises:
        InputError: There is no such run, or the host is not reached or refuses.
    """
    with named_faults(at.url):
        found = at.client.get_run(run)
    details = (found.run_details.task_details if found.run_details else None) or []
    tasks = [_task(each) for each in details if each.display_name not in ("root", None)]
    shown = [task for task in tasks if not task.name.endswith(("-driver", "executor"))]
    return str(found.state), shown


def _task(detail: Any) -> Task:  # noqa: ANN401
    pods = [each.pod_name for each in detail.child_tasks or () if each.pod_name]
    pods += [detail.pod_name] if detail.pod_name else []
    message = detail.error.message if detail.error else ""
    return Task(detail.display_name, str(detail.state), tuple(pods), message or "")


def _wait(at: Host, run: str) -> None:
    known: dict[str, str] = {}
    while True:
        state, tasks = look(at, run)
        for line in _changes(known, tasks):
            print(line, file=sys.stderr, flush=True)  # noqa: T201
        if state in GOOD | BAD:
            break
        time.sleep(SECONDS_BETWEEN_LOOKS)
    if state in GOOD:
        print(f"{run}: {state.lower()}: {at.page(run)}")  # noqa: T201
        return
    failed = next((task for task in tasks if task.state in BAD), None)
    if failed:
        print(_log(at, run, failed), file=sys.stderr)  # noqa: T201
    sys.exit(
        f"error: {run}: {state.lower()}: {failed.name if failed else 'no task'}: {at.page(run)}"
    )


def _changes(known: dict[str, str], tasks: Iterable[Task]) -> Iterable[str]:
    """A line for each task whose state is another than before."""
    for task in tasks:
        if known.get(task.name) != task.state:
            known[task.name] = task.state
            yield f"{task.name}: {task.state.lower()}" + (f": {task.message}" * bool(task.message))


def _log(at: Host, run: str, task: Task) -> str:
    """The last lines of a task's log, from the pipelines' web server."""
    if not task.pods:
        return f"{task.name}: no pod, so no log: {task.message or task.state.lower()}"
    answer = urllib3.request(
        "GET",
        f"{at.url.rstrip('/')}/k8s/pod/logs",
        fields={"podname": task.pods[-1], "runid": run, "podnamespace": at.namespace or "kubeflow"},
        headers=bearer(os.environ.get(TOKEN)),
        timeout=30.0,
    )
    if answer.status != 200:
        return f"{task.name}: its log is not to be had ({answer.status}): see its page"
    return "\n".join(answer.data.decode(errors="replace").splitlines()[-LOG_LINES:])


def _revision() -> str:
    """The git revision of this checkout, with a plus sign where files are changed."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unversioned"


def _json(text: str, kind: type, flag: str) -> Any:  # noqa: ANN401
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, kind):
        raise InputError(f"{flag}: found '{text}', expected a JSON {kind.__name__}")
    return found
