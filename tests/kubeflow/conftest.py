"""Fakes of a Kubeflow Pipelines host and of Kubernetes; the store is real."""

import json
from datetime import timedelta

import pytest

from components.runtime.container import LABEL
from pipelines.dvc.remote import read_address
from pipelines.kubeflow import watching
from pipelines.kubeflow.commands import status
from pipelines.store.bucket import Bucket
from pipelines.store.task_states import TaskState, utc_now, write_state, write_tasks
from tests.conftest import ROOT
from tests.kubeflow.kfp_server import RUN, Host
from tests.pipelines.conftest import compiled, here, specifications
from tests.s3_server import s3, store, store_folder

CLUSTER = ROOT.parent / "shared" / "cluster"
TITLES = {
    "check-study": "check the study",
    "tokenizer@domain": "tokenizer domain",
    "training@gpt2-neuro": "train gpt2-neuro",
    "brainbench@gpt2-neuro": "score gpt2-neuro",
    "overlap": "overlap with the corpus",
    "figures": "figures and report",
}
# Of pods.json, in its order; and the components of the tasks that they belong to.
KINDS_OF_PODS = ("done", "OOMKilled", "Evicted", "ImagePullBackOff", "Unschedulable")
COMPONENTS = {
    "tokenizer-domain": "tokenizer",
    "train-gpt2-neuro": "training",
    "pretrain-gpt2": "pretraining",
    "overlap-with-the-corpus": "overlap",
}


@pytest.fixture
def host(httpserver, monkeypatch, tmp_path):
    """A host, and an environment that knows of none, nor of any Kubernetes."""
    monkeypatch.setattr(watching, "POLL_SECONDS", 0.01)
    for name in ("KFP_TOKEN", "KF_PIPELINES_ENDPOINT", "KF_PIPELINES_UI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "no-kubeconfig"))
    return Host(httpserver)


@pytest.fixture
def cluster(host, monkeypatch, tmp_path):
    """The host, whose run goes on, as Kubernetes too: a kubeconfig names it."""
    host.states = ["RUNNING"]
    write_kubeconfig(tmp_path / "kubeconfig", host.url)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    return host


def write_kubeconfig(file, url):
    access = {
        "clusters": [{"name": "c", "cluster": {"server": url}}],
        "users": [{"name": "u", "user": {"token": "a-secret"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    file.write_text(json.dumps(access))


@pytest.fixture
def record(store):
    """What the pods of a run write into the store."""
    return Writer(Bucket(read_address(store)))


@pytest.fixture
def shown(record, capsys):
    """Lines of `status`."""

    def run(**flags):
        status(run=RUN, store=record.store, **flags)
        return capsys.readouterr().out.splitlines()

    return run


class Writer:
    """The pods of a run, as they write into its store."""

    def __init__(self, bucket):
        self.bucket, self.store = bucket, str(bucket.address)

    def tasks(self, titles=TITLES):
        write_tasks(self.bucket, RUN, titles)

    def state(self, stage, state, *, seconds=60, ago=0, attempt=1, **details):
        """A state that was written some seconds ago, of a task that had then taken some."""
        updated = utc_now() - timedelta(seconds=ago)
        began = updated - timedelta(seconds=seconds)
        details = {"pod": f"pod-of-{stage.partition('@')[0]}", **details}
        ended = updated if state != "running" else None
        found = TaskState(stage, state, attempt, began, updated, ended, **details)
        write_state(self.bucket, RUN, found)

    def all_done(self):
        self.tasks()
        for stage in TITLES:
            self.state(stage, "done")


def real(name):
    """A real server's answer."""
    if not CLUSTER.is_dir():
        pytest.skip(f"the answers of a real cluster are not at {CLUSTER}")
    return json.loads((CLUSTER / f"{name}.json").read_text())


def real_run(name):
    """A real server's answer about our run."""
    return real(name) | {"run_id": RUN}


def real_pod(kind, **metadata):
    """A pod of a real cluster by what it is there for, labelled as our run's are."""
    pod = dict(zip(KINDS_OF_PODS, real("pods"), strict=True))[kind]
    labels = pod["metadata"]["labels"]
    labels |= {LABEL: COMPONENTS[labels["matching-experts/task"]], "pipeline/runid": RUN}
    pod["metadata"] |= metadata
    return pod


def made_up(phase, *, state=None, **status):
    """A pod with the status that is given, and the state of its container."""
    container = {"name": "main", "image": "", "imageID": "", "ready": False, "restartCount": 0}
    containers = [container | {"state": state}] if state else []
    return {
        "metadata": {
            "name": "pod-1",
            "namespace": "kubeflow",
            "creationTimestamp": "2026-03-01T10:00:00Z",
            "labels": {"pipeline/runid": RUN, LABEL: "training"},
        },
        "spec": {"containers": [{"name": "main"}]},
        "status": {"phase": phase, "containerStatuses": containers, **status},
    }


def waiting(reason, message):
    """A pod whose container waits."""
    return made_up("Pending", state={"waiting": {"reason": reason, "message": message}})
