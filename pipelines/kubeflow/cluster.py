"""Pods of a run as Kubernetes tells them: why they wait or how they ended."""

import os
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import urllib3
import yaml
from kubernetes import client, config

from components.runtime.errors import InputError
from pipelines.kubeflow.host import one_line, said
from pipelines.kubeflow.placement import LABEL

SECONDS = (5, 20)  # to be connected, and for the answer
IN_A_POD, ACCESS = "KUBERNETES_SERVICE_HOST", "KUBECONFIG"
NODE_NAME = "workflows.argoproj.io/node-name"  # wf(0).root(0).train-gpt2-neuro(0).executor(0)
STARTING = {"ContainerCreating", "PodInitializing", None}  # a pod that waits for nothing special
RAISE = "raise `{}` of {} in the study's `resources` and submit again"
MENDS = {  # by what the reason of a pod that waits or failed contains
    "OOMKilled": RAISE.format("memory", "{}"),
    "Evicted": RAISE.format("storage", "{}"),
    "DeadlineExceeded": RAISE.format("hours", "{}"),
    "Image": "check the image's name, and that the cluster may pull it",
    "Unschedulable": "no node has what it asks for: add one, lower the study's `resources`, or see"
    " --gpus, --gpu, --node-selector and --tolerations",
    "CreateContainerConfigError": "make what it names in the pods' namespace",
}


@dataclass(frozen=True)
class Pod:
    """A pod.

    Attributes:
        name: Its name.
        task: The task that it belongs to, train-gpt2-neuro say, or the task's driver; of a pod
            that does not tell, its component.
        component: Its component, training say; empty for drivers.
        phase: Pending, Running, Succeeded or Failed.
        reason: Why it waits or failed, in a word: ImagePullBackOff, OOMKilled, Evicted, ...
        message: The same in words.
        made: When it was made.
    """

    name: str
    task: str
    component: str
    phase: str
    reason: str
    message: str
    made: datetime

    def fault(self, stage: str = "") -> str:
        """Why it waits or failed and what to change, in one line; empty if there is no reason.

        Args:
            stage: The name of its stage in dvc.yaml, where it is known.
        """
        row = stage.partition("@")[0] or self.component or self.task
        mend = next((mend for word, mend in MENDS.items() if word in self.reason), "")
        if self.reason == "Evicted" and re.search(r"\bmemory\b", self.message):
            mend = MENDS["OOMKilled"]
        why = one_line(": ".join(filter(None, (self.reason, self.message)))).rstrip(". ")
        return f"{why}: {mend.format(row)}" if mend else why


def read_pods(run: str, namespace: str) -> list[Pod]:
    """The pods of a run, the newest last.

    Args:
        run: The run's id.
        namespace: Where its pods are.

    Raises:
        InputError: Neither a kubeconfig nor a pod's service account leads to a cluster, or it is
            not reached or refuses.
    """
    try:
        core = client.CoreV1Api(client.ApiClient(_settings()))
        found = core.list_namespaced_pod(
            namespace, label_selector=f"pipeline/runid={run}", _request_timeout=SECONDS
        ).items
    except (config.ConfigException, yaml.YAMLError, OSError) as error:
        raise InputError(f"Kubernetes: {one_line(error)}: check {ACCESS}") from None
    except client.ApiException as error:
        why = f"{error.status}: {said(error.body or error.reason)}"
        raise InputError(f"Kubernetes: pods in {namespace} may not be listed ({why})") from None
    except urllib3.exceptions.HTTPError as error:
        raise InputError(f"Kubernetes: not reached ({one_line(error)})") from None
    return sorted(map(_pod, found or ()), key=lambda each: each.made)


def _pod(pod: client.V1Pod) -> Pod:
    """A pod from Kubernetes' own description of it."""
    name, labels = pod.metadata.name, pod.metadata.labels or {}
    component = labels.get(LABEL, "")
    # Names of Argo's nodes around it, without the attempts' numbers.
    nodes = re.sub(r"\(\d+\)", "", (pod.metadata.annotations or {}).get(NODE_NAME, "")).split(".")
    task = next((each for each in nodes[1:] if each != "root"), component or name)
    made = pod.metadata.creation_timestamp
    return Pod(name, task, component, pod.status.phase, *_reason(pod.status), made)


def _settings() -> Any:  # noqa: ANN401
    """How Kubernetes is reached: by a kubeconfig, or by the service account of this pod."""
    settings = client.Configuration()
    file = os.environ.get(ACCESS)
    if file or IN_A_POD not in os.environ:
        config.load_kube_config(file, client_configuration=settings, persist_config=False)
    else:
        config.load_incluster_config(client_configuration=settings)
    settings.retries = False
    settings.client_side_validation = False  # newer servers may leave out what it expects
    return settings


def _reason(status: client.V1PodStatus) -> tuple[str, str]:
    """Why a pod waits or failed, in a word and in a sentence; two empty texts if it does not."""
    if status.phase in ("Running", "Succeeded"):
        return "", ""
    if status.reason:  # of the pod as a whole: Evicted, DeadlineExceeded
        return status.reason, status.message or ""
    containers = [*(status.init_container_statuses or ()), *(status.container_statuses or ())]
    for state in (each.state for each in containers):
        if state.terminated and state.terminated.exit_code:
            code = f"exit code {state.terminated.exit_code}"
            return state.terminated.reason or "Error", state.terminated.message or code
        if state.waiting and state.waiting.reason not in STARTING:
            return state.waiting.reason, state.waiting.message or ""
    for each in status.conditions or ():
        if each.status == "False" and each.type == "PodScheduled":
            return each.reason, each.message or ""
    return ("Error", "") if status.phase == "Failed" else ("", "")
