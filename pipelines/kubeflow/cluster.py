"""The pods of a run, from Kubernetes: why they wait or how they ended."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import urllib3

from components.runtime.container import LABEL
from components.runtime.errors import InputError
from pipelines.kubernetes.answers import error_message, one_line, read_raw
from pipelines.kubernetes.connection import JOB, KUBECONFIG, NODE_NAME, connect

TIMEOUT = (5, 20)  # seconds: to connect, and for the answer
STARTING = {"ContainerCreating", "PodInitializing", None}  # reasons of every pod that starts
RAISE = "raise `{}` of {} in the study's `resources` and submit again"
REMEDIES = {  # by a part of the reason why a pod waits or failed
    "OOMKilled": RAISE.format("memory", "{}"),
    "Evicted": RAISE.format("storage", "{}"),
    "DeadlineExceeded": RAISE.format("hours", "{}"),
    "Image": "check the image's name, and that the cluster may pull it",
    "Unschedulable": "no node has the requested resources: add one, lower the study's"
    " `resources`, or see --gpus, --gpu, --node-selector and --tolerations",
    "SchedulingGated": "its queue has no share left: see `kubectl get workloads`",
    "CreateContainerConfigError": "create what it names in the pods' namespace",
}


@dataclass(frozen=True)
class Pod:
    """A pod."""

    name: str
    # The task that it belongs to, for example train-gpt2-neuro, or that task's driver; its
    # component where the task is not known
    task: str
    component: str  # its component, for example training; empty for drivers
    is_node: bool  # whether it is a node of the task's TrainJob, not the task's own pod
    phase: str  # Pending, Running, Succeeded or Failed
    reason: str  # why it waits or failed, in a word: ImagePullBackOff, OOMKilled, Evicted, ...
    message: str  # the same in a sentence
    created: datetime

    def fault(self, stage: str = "") -> str:
        """Why it waits or failed and what to change, in one line; empty if it does neither."""
        row = stage.partition("@")[0] or self.component or self.task
        remedy = next((text for word, text in REMEDIES.items() if word in self.reason), "")
        if self.reason == "Evicted" and re.search(r"\bmemory\b", self.message):
            remedy = REMEDIES["OOMKilled"]
        why = one_line(": ".join(filter(None, (self.reason, self.message)))).rstrip(". ")
        return f"{why}: {remedy.format(row)}" if remedy else why


def read_pods(run: str, namespace: str) -> list[Pod]:
    """The pods of a run, the newest last.

    Raises:
        InputError: There is neither a kubeconfig nor a pod's service account, or the cluster is not
            reached or refuses.
    """
    from kubernetes import client

    call, labels = client.CoreV1Api(connect()).list_namespaced_pod, f"pipeline/runid={run}"
    try:
        found = read_raw(call, namespace, label_selector=labels, _request_timeout=TIMEOUT)
    except client.ApiException as error:
        why = f"{error.status}: {error_message(error)}"
        raise InputError(f"Kubernetes: pods in {namespace} may not be listed ({why})") from None
    except urllib3.exceptions.HTTPError as error:
        raise InputError(f"Kubernetes: not reached ({one_line(error)})") from None
    if not isinstance(found, dict) or "items" not in found:  # a page to log in, say
        raise InputError(f"Kubernetes: found no list of pods in its answer: check {KUBECONFIG}")
    return sorted(map(_pod, found["items"] or ()), key=lambda each: each.created)


def _pod(pod: Mapping[str, Any]) -> Pod:
    """A pod from what Kubernetes says of it."""
    metadata, status = pod["metadata"], pod["status"]
    name, labels = metadata["name"], metadata.get("labels", {})
    component = labels.get(LABEL, "")
    # Names of Argo's nodes around it, without the attempts' numbers.
    nodes = re.sub(r"\(\d+\)", "", metadata.get("annotations", {}).get(NODE_NAME, "")).split(".")
    task = next((each for each in nodes[1:] if each != "root"), component or name)
    created = datetime.fromisoformat(metadata["creationTimestamp"])
    phase, (reason, message) = status.get("phase", ""), _reason(status)
    return Pod(name, task, component, JOB in labels, phase, reason, message, created)


def _reason(status: Mapping[str, Any]) -> tuple[str, str]:
    """Why a pod waits or failed, in a word and in a sentence; two empty texts if it does not."""
    phase = status.get("phase")
    if phase in ("Running", "Succeeded"):
        return "", ""
    if status.get("reason"):  # of the pod as a whole: Evicted, DeadlineExceeded
        return status["reason"], status.get("message", "")
    containers = [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]
    for state in (each.get("state", {}) for each in containers):
        ended, waits = state.get("terminated", {}), state.get("waiting", {})
        if code := ended.get("exitCode"):
            return ended.get("reason", "Error"), ended.get("message", f"exit code {code}")
        if waits.get("reason") not in STARTING:
            return waits["reason"], waits.get("message", "")
    for each in status.get("conditions", ()):
        if each["status"] == "False" and each["type"] == "PodScheduled":
            return each.get("reason", ""), each.get("message", "")
    return ("Error", "") if phase == "Failed" else ("", "")
