"""A TrainJob of Kubeflow Trainer: made, or taken up if it runs, and followed to its end."""

import contextlib
import http.client
import os
import sys
import time
from collections.abc import Callable, Iterator, Set
from typing import Any

import urllib3

from components.runtime.errors import InputError
from pipelines.kubernetes.answers import error_message, one_line, read_raw
from pipelines.kubernetes.connection import JOB, NODE_NAME, connect
from pipelines.pod.node import TEMPORARY
from pipelines.pod.reporting import say

GROUP, VERSION, PLURAL = "trainer.kubeflow.org", "v1alpha1", "trainjobs"
NODE = "node"  # the container of each of its pods
PODS = f"{JOB}={{}}"
FIRST_POD = f"{PODS},batch.kubernetes.io/job-completion-index=0"
POLL_SECONDS = 5.0
TIMEOUT = (5, 60)  # seconds: to connect, and between two pieces of an answer
PATIENCE_SECONDS = 600.0  # with a Kubernetes that does not answer
Manifest = dict[str, Any]


class Cluster:
    """The namespace of this pod, as its service account may use it.

    Raises:
        InputError: This is no pod of a cluster, and there is no kubeconfig.
    """

    def __init__(self) -> None:
        from kubernetes import client

        try:
            self.namespace, name = os.environ["POD_NAMESPACE"], os.environ["KFP_POD_NAME"]
        except KeyError as error:
            raise InputError(f"{error.args[0]}: not set, expected a pod of Kubeflow's") from None
        api = connect()
        self._core, self._jobs = client.CoreV1Api(api), client.CustomObjectsApi(api)
        own_pod = _asked(read_raw, self._core.read_namespaced_pod, name, self.namespace)
        if not own_pod:
            raise InputError(f"KFP_POD_NAME={name}: no such pod in {self.namespace}")
        self._own_pod = own_pod["metadata"]

    def job(self, name: str) -> Manifest | None:
        """A TrainJob, or None where there is none."""
        found: Manifest | None = _asked(self._jobs.get_namespaced_custom_object, *self._path, name)
        return found

    def create(self, manifest: Manifest) -> None:
        """Creates a TrainJob, unless another attempt just did."""
        create = self._jobs.create_namespaced_custom_object
        _asked(create, *self._path, manifest, accepted={http.client.CONFLICT})

    def delete(self, name: str) -> None:
        """Deletes a TrainJob, if there is one; its pods get SIGTERM and their grace."""
        _asked(self._jobs.delete_namespaced_custom_object, *self._path, name)

    def pods(self, selector: str) -> list[Manifest]:
        """Pods with some labels, the newest last."""
        call = self._core.list_namespaced_pod
        found = _asked(read_raw, call, self.namespace, label_selector=selector)
        pods = found["items"] if found else []
        return sorted(pods, key=lambda each: each["metadata"]["creationTimestamp"])

    def log(self, pod: str) -> Iterator[str]:
        """The lines of a job's pod, each behind its time, until its container ends.

        It also ends when the connection is lost: what is missing is in the next call's lines.

        Raises:
            InputError: Kubernetes has no log of it now, of a lost node say.
        """
        from kubernetes.watch.watch import iter_resp_lines

        options: Manifest = {
            "container": NODE,
            "follow": True,
            "timestamps": True,
            "_preload_content": False,
        }
        call = self._core.read_namespaced_pod_log
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            if answer := _asked(call, pod, self.namespace, patience=0.0, **options):
                yield from iter_resp_lines(answer)

    @property
    def owners(self) -> list[Manifest]:
        """The workflow of this pod as the owner of a job, which is deleted with it.

        The pod itself would not do, or the task's next attempt found no job.
        """
        return [
            {key: each[key] for key in ("apiVersion", "kind", "name", "uid")}
            for each in self._own_pod.get("ownerReferences", ())
            if each["kind"] == "Workflow"
        ]

    @property
    def task(self) -> dict[str, str]:
        """The annotation by which `status` knows the task of this pod."""
        found = self._own_pod.get("annotations", {})
        return {NODE_NAME: found[NODE_NAME]} if NODE_NAME in found else {}

    @property
    def _path(self) -> tuple[str, str, str, str]:
        return GROUP, VERSION, self.namespace, PLURAL


def run_job(cluster: Cluster, manifest: Manifest) -> None:
    """Runs a TrainJob to its end; one of this name that runs already is taken up.

    Raises:
        InputError: It was deleted or failed, or Kubernetes refuses or does not answer.
        SystemExit: The program of one of its pods failed; with its exit code.
        KeyboardInterrupt: This program was stopped; the job is deleted.
    """
    name = manifest["metadata"]["name"]
    try:
        _begin(cluster, manifest)
        kind, message = _follow(cluster, name)
    except KeyboardInterrupt:
        cluster.delete(name)
        say(f"TrainJob {name}: deleted, its nodes write a last checkpoint")
        raise
    if kind == "Failed":
        code = _exit_code(cluster.pods(PODS.format(name)))
        if code is None:
            raise InputError(f"TrainJob {name}: {message}")
        say(f"TrainJob {name}: {message}")
        sys.exit(code)
    cluster.delete(name)


def _begin(cluster: Cluster, manifest: Manifest) -> None:
    """Makes a job in place of one that has ended, unless there is one that runs."""
    name = manifest["metadata"]["name"]
    found = cluster.job(name)
    if found and not _end(found) and "deletionTimestamp" not in found["metadata"]:
        say(f"TrainJob {name}: runs already, taking it up")
        return
    if found:
        cluster.delete(name)
        while cluster.job(name):
            time.sleep(POLL_SECONDS)
    cluster.create(manifest)
    say(f"TrainJob {name}: created for {manifest['spec']['trainer']['numNodes']} nodes")


def _follow(cluster: Cluster, name: str) -> tuple[str, str]:
    """Prints the log of the first node's pods until the job ends; how it ended, and why."""
    printed: dict[str, str] = {}  # time of the last line by pod
    without_log = set()
    while job := cluster.job(name):
        pods = cluster.pods(FIRST_POD.format(name))
        for pod in [
            each["metadata"]["name"] for each in pods if each["status"]["phase"] != "Pending"
        ]:
            try:
                for stamped in cluster.log(pod):
                    stamp, _, line = stamped.partition(" ")
                    if stamp > printed.get(pod, ""):
                        print(line, flush=True)
                        printed[pod] = stamp
            except InputError as error:  # the job goes on, or ends, without it
                if pod not in without_log:
                    say(f"{pod}: the log is unavailable: {error}")
                without_log.add(pod)
        if end := _end(job):
            return end
        time.sleep(POLL_SECONDS)
    raise InputError(f"TrainJob {name}: deleted, expected it to run to its end")


def _end(job: Manifest) -> tuple[str, str] | None:
    """`Complete` or `Failed`, and why; None of a job that has not ended."""
    for each in job.get("status", {}).get("conditions", ()):
        if each["type"] in ("Complete", "Failed") and each["status"] == "True":
            return each["type"], f"{each.get('reason', '')}: {each.get('message', '')}"
    return None


def _exit_code(pods: list[Manifest]) -> int | None:
    """Exit code of the pod that is at fault for the end of its job; None if none is known to be."""
    codes = [
        each["state"]["terminated"]["exitCode"]
        for pod in pods
        for each in pod["status"].get("containerStatuses", ())
        if "terminated" in each["state"]
    ]
    return next((int(code) for code in codes if code not in TEMPORARY | {0}), None)


def _asked(
    call: Callable[..., Any],
    *arguments: object,
    accepted: Set[int] = frozenset(),
    patience: float = PATIENCE_SECONDS,
    **options: object,
) -> Any:  # noqa: ANN401 (the client has no types)
    """The answer of Kubernetes, which may be away for `patience`; None if there is no such object.

    Refusals with one of the accepted codes are as good as an answer.

    Raises:
        InputError: It refuses, or is away for longer.
    """
    from kubernetes.client import ApiException

    latest, said = time.monotonic() + patience, False
    while True:
        try:
            return call(*arguments, **options, _request_timeout=TIMEOUT)
        except ApiException as error:
            why = f"{error.status}: {error_message(error)}"
            if error.status in accepted | {http.client.NOT_FOUND}:
                return None
            if error.status < 500 and error.status != http.client.TOO_MANY_REQUESTS:
                rights = "check the rights of the pods' service account (manifests/README.md)"
                raise InputError(f"Kubernetes: {why}: {rights}") from None
        except urllib3.exceptions.HTTPError as error:
            why = one_line(error)
        if time.monotonic() >= latest:
            waited = f" for {patience / 60:.0f} minutes" if patience else ""
            raise InputError(f"Kubernetes: not reached{waited} ({why})")
        if not said:
            say(f"Kubernetes: not reached, trying again ({why})")
            said = True
        time.sleep(POLL_SECONDS)
