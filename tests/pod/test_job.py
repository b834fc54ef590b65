"""A stage on several nodes: its task makes a TrainJob, and the job's pods run it together."""

import os
import shutil
import signal
import socket
import time

import psutil
import pytest

from components.runtime.errors import InputError
from pipelines.pod import job as module
from pipelines.pod import node as node_module
from pipelines.pod import train_job
from pipelines.pod.job import job
from pipelines.pod.node import node
from pipelines.pod.stage import StageRun
from pipelines.pod.state import StateMirror
from pipelines.store.task_states import read_log, read_state
from tests.conftest import ROOT
from tests.pod.trainer_server import NAMESPACE, NODE_NAME, OWN_POD, OWNER, TrainerServer
from tests.processes import wait_for
from tests.small_study import add_stage, ended, error_line, start_forked
from tests.training.process import RECIPE, flags

# A program that counts to ten, a checkpoint each; only the first of its two nodes writes.
COUNTING = """\
import os, pathlib, signal, sys, time
rank, checkpoint = int(os.environ["PET_NODE_RANK"]), pathlib.Path(".state/key/count")
checkpoint.parent.mkdir(parents=True, exist_ok=True)
count = int(checkpoint.read_text()) if checkpoint.exists() else 0
def stop(*_):
    checkpoint.write_text(str(count))
    print("stopped at", count, flush=True)
    sys.exit(130)
signal.signal(signal.SIGTERM, stop)
print("node", rank, "begins at", count, flush=True)
while count < 10 or pathlib.Path({gate!r}).exists():
    time.sleep(0.05)
    count += 1
    print("count", count, flush=True)
if rank == 0:
    pathlib.Path("counted").write_text("done")
"""
STAGE = "counting"
# The training program, which the study's own `components` would hide.
TRAINING = """\
import os, sys
here = os.getcwd()
os.chdir({root!r})
places = ["--model", f"{{here}}/made", "--state", f"{{here}}/.state"]
os.execv(sys.executable, [sys.executable, "-m", "components.training", *{flags!r}, *places])
"""


@pytest.fixture
def gate(tmp_path):
    """While this file is there, the program counts on."""
    file = tmp_path / "gate"
    file.touch()
    return file


@pytest.fixture
def counting(pods, study, gate, monkeypatch):
    """The pods of a run with a stage that counts."""
    add_stage(study, STAGE, COUNTING.format(gate=str(gate)), outs=["counted"])
    pods.params += "resources:\n  counting: {cpu: 2, memory: 4Gi, storage: 3Gi, hours: 2}\n"
    for where, name in ((train_job, "POLL_SECONDS"), (node_module, "WATCH_SECONDS")):
        monkeypatch.setattr(where, name, 0.1)
    monkeypatch.setattr(node_module, "FAULT_SECONDS", 0.2)
    return pods


@pytest.fixture
def cluster(counting, tmp_path, monkeypatch):
    """A cluster on which the pods' nodes are processes."""

    def start_node(manifest, rank):
        flags = manifest["spec"]["trainer"]["args"][1:]
        flags[flags.index("--workspace") + 1] = str(tmp_path / f"workspace-{rank}")
        number = len(server.made)
        if rank == 0:
            with socket.create_server(("localhost", 0)) as free:
                address["PET_MASTER_PORT"] = str(free.getsockname()[1])
        return start_forked(
            node,
            *(*flags, "--code", str(counting.image)),
            folder=tmp_path / f"node-{number}-{rank}",
            env={"PET_NODE_RANK": str(rank), "PET_NNODES": "2", **address},
        )

    address = {"PET_MASTER_ADDR": "localhost"}
    server = TrainerServer(start_node)
    (tmp_path / "kubeconfig").write_text(server.kubeconfig)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setenv("POD_NAMESPACE", NAMESPACE)
    monkeypatch.setenv("KFP_POD_NAME", OWN_POD)
    yield server
    server.shutdown()
    server.server_close()
    for each in (each for nodes in server.nodes.values() for each in nodes):
        each.kill()


@pytest.fixture
def begin(counting, cluster):
    """Starts the task's pod; `ended` waits for it."""

    def start(*flags, **env):
        counting.write_study()
        name = f"task-{len(list(counting.folder.glob('task-*')))}"
        arguments = counting.flags(STAGE, workspace=counting.folder / name / "workspace")
        arguments += ["--image", "models:1", "--nodes", "2", "--gpu", "nvidia.com/gpu"]
        arguments += ["--gpus", "1", *flags]
        return start_forked(job, *arguments, folder=counting.folder / name, env=env)

    return start


def printed(process):
    return (process.folder / "stdout").read_text()


def wait_for_line(process, line):
    wait_for(lambda: line in printed(process))


def stopped_at(node):
    """The checkpoint that a node wrote when it was stopped."""
    (line,) = (each for each in printed(node).splitlines() if each.startswith("stopped at "))
    return line.removeprefix("stopped at ")


def counted(done):
    return [line for line in done.stdout.splitlines() if line.startswith("count ")]


def names(cluster):
    return [each["metadata"]["name"] for each in cluster.made]


ALL = [f"count {number}" for number in range(1, 11)]


def test_two_nodes_make_a_result_of_which_the_task_writes_the_entry(begin, cluster, counting, gate):
    gate.unlink()
    done = ended(begin())
    assert "node 0 begins at 0\n" in done.stdout
    assert counted(done) == ALL
    assert "node 1" not in done.stdout
    assert not cluster.jobs  # what is left of it is in the store
    assert read_state(counting.bucket, counting.run, STAGE).state == "done"
    assert "count 10" in read_log(counting.bucket, counting.run, STAGE, attempt=1)
    for again in (counting.start(STAGE), ended(begin())):
        assert f"{STAGE}: cached result found, stage skipped" in again.stderr
    assert len(cluster.made) == 1


def test_the_job_asks_for_what_the_task_was_given_through_faults_of_kubernetes(
    begin, cluster, gate
):
    gate.unlink()
    cluster.refusals += [(500, "etcdserver: leader changed"), (429, "too many requests")] * 2
    cluster.breaks += [0, 5, 9]
    cluster.cuts = 4
    tolerations = '[{"key": "gpu", "operator": "Exists", "tolerationSeconds": 300.0}]'
    done = ended(
        begin("--node-selector", '{"pool": "gpu"}', "--tolerations", tolerations, "--queue", "q")
    )
    assert "Kubernetes: not reached, trying again (500: etcdserver: leader changed)" in done.stderr
    assert not cluster.breaks
    assert counted(done) == ALL  # a broken connection loses no line and repeats none
    (made,) = cluster.made
    assert made["metadata"]["labels"] == {"kueue.x-k8s.io/queue-name": "q"}
    # Not the pod, nor what would need more rights.
    assert made["metadata"]["ownerReferences"] == [OWNER]
    assert made["spec"]["activeDeadlineSeconds"] == 2 * 3600
    limits = {"memory": "4Gi", "nvidia.com/gpu": "1"}
    assert made["spec"]["trainer"]["resourcesPerNode"] == {
        "requests": {"cpu": "2", "ephemeral-storage": "3Gi", **limits},
        "limits": limits,
    }
    (patch,) = made["spec"]["runtimePatches"]
    (group,) = patch["trainingRuntimeSpec"]["template"]["spec"]["replicatedJobs"]
    pod = group["template"]["spec"]["template"]
    assert pod["spec"] == {
        "nodeSelector": {"pool": "gpu"},
        "tolerations": [{"key": "gpu", "operator": "Exists", "tolerationSeconds": 300}],
        "terminationGracePeriodSeconds": module.GRACE_SECONDS,
    }
    assert pod["metadata"]["labels"] == {"pipeline/runid": "run-1", "matching-experts/stage": STAGE}
    assert pod["metadata"]["annotations"] == NODE_NAME


@pytest.mark.parametrize("status", [500, 403])
def test_a_job_goes_on_without_a_log_of_its_first_node(begin, cluster, gate, status):
    """As when that node is lost: the others, or new ones, may end the training."""
    gate.unlink()
    cluster.no_log = status
    done = ended(begin())
    (line,) = [each for each in done.stderr.splitlines() if "the log is unavailable" in each]
    assert f"{status}: dial tcp: no route to host" in line
    assert not cluster.jobs


def test_an_attempt_takes_up_the_job_of_a_killed_one(begin, cluster, gate):
    first = begin()
    wait_for_line(first, "count 3")
    first.kill()
    first.join()
    second = begin()
    wait_for_line(second, "count 3")  # its log is whole
    gate.unlink()
    assert "runs already, taking it up" in ended(second).stderr
    assert len(cluster.made) == 1


def test_a_stopped_task_deletes_its_job_whose_checkpoint_the_next_one_takes(begin, cluster, gate):
    first = begin()
    wait_for_line(first, "count 3")
    first.terminate()
    assert ended(first, check=False).returncode == 130
    assert not cluster.jobs
    (nodes,) = cluster.nodes.values()
    assert [ended(each, check=False).returncode for each in nodes] == [130, 130]
    gate.unlink()
    assert f"node 0 begins at {stopped_at(nodes[0])}\n" in ended(begin()).stdout
    assert names(cluster)[0] == names(cluster)[1]  # by run, stage and inputs


def test_a_second_stop_does_not_end_the_upload_of_the_last_checkpoint(
    begin, cluster, gate, monkeypatch
):
    """As when another node was drained, and then all pods of the job are deleted."""
    copy = StateMirror._copy

    def copy_slowly(mirror, bucket):
        time.sleep(1)
        return copy(mirror, bucket)

    monkeypatch.setattr(StateMirror, "_copy", copy_slowly)
    first = begin()
    wait_for_line(first, "count 3")
    (nodes,) = cluster.nodes.values()
    nodes[0].terminate()
    wait_for_line(nodes[0], "stopped at")
    wait_for(lambda: not psutil.Process(nodes[0].pid).children())  # the stage has ended
    nodes[0].terminate()
    assert ended(nodes[0], check=False).returncode == 130
    first.kill()
    nodes[1].kill()
    gate.unlink()
    assert f"node 0 begins at {stopped_at(nodes[0])}\n" in ended(begin()).stdout


def test_what_a_stop_breaks_in_dvc_is_no_fault_of_the_stage(begin, cluster, monkeypatch):
    """DVC's list of locks is empty for a moment whenever it is written."""

    def run(_stage_run):
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(10)
        except KeyboardInterrupt:
            raise InputError("DVC: Unable to read RWLock-file") from None

    monkeypatch.setattr(StageRun, "run", run)
    first = begin()
    wait_for(lambda: cluster.nodes)
    (nodes,) = cluster.nodes.values()
    assert ended(nodes[0], check=False).returncode == 130
    first.kill()
    nodes[1].kill()


@pytest.mark.parametrize(
    ("ends_with", "code"), [("'error: found nothing'", 1), ("7", 7)], ids=["bad input", "a code"]
)
def test_the_task_ends_as_the_stage_on_a_node(begin, cluster, study, counting, ends_with, code):
    add_stage(study, "failing", f"import sys; sys.exit({ends_with})", outs=["made"])
    counting.params = counting.params.replace("counting:", "failing:")
    done = ended(begin("--stage", "failing"), check=False)
    assert done.returncode == code
    assert "jobset failed" in done.stderr
    assert read_state(counting.bucket, counting.run, "failing").state == "failed"
    assert names(cluster)[0].startswith("failing-")


def test_without_rights_or_a_cluster_it_is_one_line(begin, cluster, monkeypatch):
    said = 'trainjobs.trainer.kubeflow.org is forbidden: User "a" cannot get resource "trainjobs"'
    cluster.refusals += [(403, said)]
    assert f"Kubernetes: 403: {said}: check the rights" in error_line(ended(begin(), check=False))
    monkeypatch.delenv("KUBECONFIG")
    assert "check KUBECONFIG, or the service account of this pod" in error_line(
        ended(begin(), check=False)
    )


def test_a_job_that_somebody_deleted_is_one_line(begin, cluster):
    first = begin()
    wait_for_line(first, "count 3")
    cluster.delete(names(cluster)[0])
    assert "deleted, expected it to run to its end" in error_line(ended(first, check=False))


def test_a_job_ends_with_a_checkpoint_when_its_task_is_silent(begin, cluster, monkeypatch, gate):
    """As after Terminate on the run's page, which ends the task's pod without a word."""
    monkeypatch.setattr(node_module, "ORPHAN_SECONDS", 1.0)
    first = begin()
    wait_for_line(first, "count 3")
    first.kill()
    first.join()
    (nodes,) = cluster.nodes.values()
    assert "no report of the run's task for" in error_line(ended(nodes[0], check=False))
    assert int(stopped_at(nodes[0])) >= 3
    for each in nodes:
        each.terminate()
    gate.unlink()
    assert "node 0 begins at 0" not in ended(begin()).stdout


@pytest.mark.slow
def test_a_training_that_a_drained_node_stops_goes_on_from_its_checkpoint(
    begin, cluster, study, counting, tokens, long_weights
):
    long = RECIPE | {"epochs": 6}  # longer than it takes to see its first checkpoint
    arguments = flags(**long, tokens=tokens, weights=long_weights, checkpoint_seconds=0)
    add_stage(study, "drained", TRAINING.format(root=str(ROOT), flags=arguments), outs=["made"])
    counting.params = counting.params.replace("counting:", "drained:")
    first = begin("--stage", "drained")
    wait_for(lambda: cluster.nodes)
    (nodes,) = cluster.nodes.values()
    state = counting.folder.parent / "workspace-0" / ".state"
    wait_for(lambda: list(state.glob("*/step-*/progress.json")))
    nodes[1].terminate()
    assert ended(nodes[0], check=False).returncode == 130
    assert ended(nodes[1], check=False).returncode == 130
    assert not list((counting.folder.parent / "workspace-1" / ".state").glob("*/*"))
    ended(first, check=False)
    shutil.rmtree(counting.folder.parent / "workspace-0")  # as a node does
    done = ended(begin("--stage", "drained"))
    assert "validation perplexity" in done.stdout
    ((resumed, _),) = cluster.nodes.values()
    said = (resumed.folder / "stderr").read_text()
    assert "resuming from the state of drained in the store" in said
    assert read_state(counting.bucket, counting.run, "drained").state == "done"
