"""The state of a run: what its host tells of Argo's nodes, read as tasks and their pods."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import kfp_server_api

from components.errors import InputError
from pipelines.placement import RETRIES
from pipelines.runs.host import SECONDS, Host
from pipelines.runs.host_faults import LOGIN, named_faults

GOOD, BAD = {"SUCCEEDED", "SKIPPED"}, {"FAILED", "CANCELED"}
DRIVER, OMITTED = "-driver", "RUNTIME_STATE_UNSPECIFIED"
# Argo's template of a container that is tried again and has one label; pods are named by it.
TEMPLATE = "metadata-0-1-retry-system-container-impl"


@dataclass(frozen=True)
class Task:
    """A task of a run.

    Attributes:
        name: Its name, train-gpt2-neuro say.
        state: PENDING, RUNNING, SUCCEEDED, SKIPPED, FAILED, CANCELED, ...
        pod: The name of its newest pod.
        message: What went wrong, if the host tells.
    """

    name: str
    state: str
    pod: str | None
    message: str


@dataclass(frozen=True)
class Run:
    """A run as its host tells it.

    Attributes:
        id: Its id.
        state: As that of a task.
        tasks: Its tasks that have begun, in this order.
        experiment: The id of its experiment.
        created: When it was made.
        parameters: What it was given, by the name of the pipeline's parameter.
    """

    id: str
    state: str
    tasks: list[Task]
    experiment: str
    created: datetime | None
    parameters: dict[str, Any]

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in GOOD | BAD

    def task(self, name: str) -> Task:
        """The task of a name.

        Raises:
            InputError: There is none.
        """
        for each in self.tasks:
            if each.name == name:
                return each
        known = ", ".join(each.name for each in self.tasks) or "none: no task has begun"
        raise InputError(f"task: found '{name}', expected one of {known}")


def look(at: Host, run: str) -> Run:
    """The state of a run and of its tasks.

    Raises:
        AwayError: The host is not reached, or too busy to answer.
        InputError: There is no such run, or the host refuses.
    """
    with named_faults(at.url, missing=f"no run {run}: check --run and --host"):
        api = kfp_server_api.RunServiceApi(at.api)
        found = api.run_service_get_run(run, _request_timeout=SECONDS)
    if not found.run_id:
        raise InputError(f"{at.url}: {LOGIN}")
    nodes = (found.run_details and found.run_details.task_details) or []
    given = (found.runtime_config and found.runtime_config.parameters) or {}
    return Run(
        found.run_id,
        str(found.state),
        list(_tasks(nodes)),
        found.experiment_id or "",
        found.created_at,
        _defaults(found.pipeline_spec) | given,
    )


def _defaults(pipeline: dict[str, Any] | None) -> dict[str, Any]:
    """The parameters that a pipeline has by itself; a run made from a stored one tells none."""
    specification = (pipeline or {}).get("pipeline_spec", pipeline) or {}
    inputs = specification.get("root", {}).get("inputDefinitions", {}).get("parameters", {})
    return {name: each.get("defaultValue") for name, each in inputs.items()}


def _tasks(nodes: list[Any]) -> Iterator[Task]:
    """Tasks in the order in which they began.

    A task T of workflow W is a driver W.root.T-driver, a node W.root.T, and in it
    W.root.T.executor with its attempts W.root.T.executor(0), (1), ... The host tells the last part
    of each name, and of its children the ids, which are hashes of whole names.
    """
    named = {node.display_name: node for node in nodes}
    children = {child.pod_name for node in nodes for child in node.child_tasks or ()}
    drivers = [node for name, node in named.items() if name.endswith(DRIVER)]
    for driver in sorted(drivers, key=lambda each: (each.start_time, each.display_name)):
        name = driver.display_name.removesuffix(DRIVER)
        if name != "root" and str(driver.state) != OMITTED:
            yield _task(name, driver, named.get(name), children)


def _task(name: str, driver: Any, node: Any, children: set[str | None]) -> Task:  # noqa: ANN401
    """A task by its driver, which makes its pod, and its node, which there is after that."""
    driver_failed = str(driver.state) in BAD
    if node is None and not driver_failed:
        return Task(name, "STARTING", None, "")
    told = driver if driver_failed else node
    message = (told.error and told.error.message) or ""
    return Task(name, str(told.state), _newest_pod(name, children), message)


def _newest_pod(task: str, children: set[str | None]) -> str | None:
    """The name of a task's newest pod; each of its attempts is the child of a node."""
    workflows = {child.rpartition("-")[0] for child in children if child}
    for workflow in workflows:
        for attempt in reversed(range(RETRIES + 1)):
            number = _fnv1a(f"{workflow}.root.{task}.executor({attempt})")
            if f"{workflow}-{number}" in children:
                return f"{workflow}-{TEMPLATE}-{number}"
    return None


def _fnv1a(text: str) -> int:
    """The 32 bit FNV-1a hash that Argo makes ids of (offset and prime: draft-eastlake-fnv)."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value
