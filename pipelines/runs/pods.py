"""The pods of a run, as the pipelines' web server shows them: why they wait or failed, their logs.

The REST interface tells of a failed task that it failed; all else the pages ask Kubernetes for.
"""

import json
from dataclasses import dataclass
from typing import Any

from pipelines.placement import LABEL
from pipelines.runs.experiments import namespace_of
from pipelines.runs.host import Host
from pipelines.runs.state import Run, Task

KILLED = 137  # 128 + SIGKILL
STARTING = {"ContainerCreating", "PodInitializing", ""}  # a pod that waits for nothing special
INSTALLATION = "kubeflow"  # where pods are if not in a namespace of their user's


@dataclass(frozen=True)
class Pod:
    """A pod.

    Attributes:
        phase: Pending, Running, Succeeded or Failed.
        reason: Why it waits or failed, in a word: ImagePullBackOff, OOMKilled, Evicted, ...
        message: The same in words.
        code: The exit code of its program, if it ended.
    """

    phase: str
    reason: str
    message: str
    code: int | None

    @property
    def advice(self) -> str:
        """Why it waits or failed and what to do, or nothing if there is nothing to say."""
        said = f"{self.reason}: {self.message}".strip(": ")
        if "OOMKilled" in self.reason or self.code == KILLED:
            return (
                f"killed for want of memory ({self.reason}, exit code {KILLED}): raise `memory` in"
                " its stage's meta in dvc.yaml and submit again"
            )
        if self.reason == "DeadlineExceeded":
            return "ran too long: raise `hours` in its stage's meta in dvc.yaml and submit again"
        if self.reason == "Evicted":
            return f"{said}: see `storage` and `memory` in its stage's meta in dvc.yaml"
        if "Image" in self.reason:  # ErrImagePull, ImagePullBackOff, InvalidImageName
            return f"{said}: check the image's name, and that the cluster may pull it"
        if self.reason == "Unschedulable":
            return f"{said}: no node has what it asks for"
        return f"exit code {self.code}" if self.code else said


def read_pod(at: Host, run: Run, task: Task) -> Pod | None:
    """A task's newest pod, or nothing if it is gone or not shown.

    Raises:
        InputError: The host is not reached, or refuses to tell of a run's experiment.
    """
    if not task.pod:
        return None
    fields = {"podname": task.pod, "runid": run.id, "podnamespace": _namespace(at, run)}
    status, content = at.get(f"{at.pages}/k8s/pod", **fields)
    try:
        return _pod(json.loads(content)["status"]) if status == 200 else None
    except (ValueError, KeyError, TypeError):
        return None


def read_log(at: Host, run: Run, task: Task) -> str:
    """What a task's newest pod printed, live or from the archive; or one line that says why not.

    Raises:
        InputError: The host is not reached, or refuses to tell of a run's experiment.
    """
    by_hand = f"kubectl logs -c main -l pipeline/runid={run.id},{LABEL}={task.name}"
    if not task.pod:
        return f"{task.name}: no pod, so no log: {task.message or task.state.lower()}"
    namespace = _namespace(at, run)
    day = run.created.strftime("%Y-%m-%d") if run.created else ""
    asked = {"podname": task.pod, "runid": run.id, "podnamespace": namespace, "createdat": day}
    status, content = at.get(f"{at.pages}/k8s/pod/logs", **asked)
    if status != 200:  # a host without pages
        status, content = at.get(f"{at.url}/apis/v1alpha1/runs/{run.id}/nodes/{task.pod}/log")
    if status != 200:
        return f"{task.name}: its log is not to be had ({status}): {by_hand} -n {namespace}"
    return content.decode(errors="replace").rstrip("\n")


def _namespace(at: Host, run: Run) -> str:
    """The namespace of a run's pods."""
    if at.namespace:
        return at.namespace
    return (at.serves_several and namespace_of(at, run.experiment)) or INSTALLATION


def _pod(status: dict[str, Any]) -> Pod:
    """A pod from Kubernetes' own status of it."""
    phase = status.get("phase", "")
    containers = {each["name"]: each for each in status.get("containerStatuses") or ()}
    state = containers.get("main", {}).get("state", {})
    ended, waits = state.get("terminated") or {}, state.get("waiting") or {}
    code = ended.get("exitCode")
    if reason := status.get("reason"):  # of the pod as a whole: Evicted, DeadlineExceeded
        return Pod(phase, reason, status.get("message", ""), code)
    if ended.get("exitCode"):
        return Pod(phase, ended.get("reason", ""), ended.get("message", ""), code)
    if waits.get("reason", "") not in STARTING:
        return Pod(phase, waits["reason"], waits.get("message", ""), code)
    for each in status.get("conditions") or ():
        if each.get("status") == "False" and each.get("reason") == "Unschedulable":
            return Pod(phase, "Unschedulable", each.get("message", ""), code)
    return Pod(phase, "", "", code)
