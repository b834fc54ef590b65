"""What Kubernetes reports of pods, as `status` shows it: why they wait or how they ended."""

import re

import pytest

from pipelines.kubeflow.commands import status
from pipelines.store.task_states import utc_now
from tests.kubeflow.conftest import made_up, real_pod, waiting, write_kubeconfig
from tests.kubeflow.kfp_server import LOGIN_PAGE, RUN

TRAINING, TITLE = "training@gpt2-neuro", "train gpt2-neuro"
DONE = {"check-study": "check the study"}
GATED = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}


@pytest.fixture
def row(cluster, shown):
    """The line of `status` for the only task with a pod."""

    def show(*pods):
        cluster.pods = list(pods)
        (line,) = [each for each in shown(host=cluster.url)[1:] if "not started" not in each]
        return line

    return show


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (
            "OOMKilled",
            "train-gpt2-neuro  failed: OOMKilled: exit code 1: raise `memory` of training in the"
            " study's `resources` and submit again",
        ),
        (
            "Evicted",
            'pretrain-gpt2  failed: Evicted: Usage of EmptyDir volume "workspace" exceeds the limit'
            ' "1Mi": raise `storage` of pretraining in the study\'s `resources` and submit again',
        ),
        (
            "ImagePullBackOff",
            "overlap-with-the-corpus  waiting: ImagePullBackOff: Back-off pulling image"
            ' "localhost:5000/analysis:nope": ErrImagePull: rpc error: code = NotFound desc ='
            ' failed to pull and unpack image "localhost:5000/analysis:nope": failed to resolve'
            ' reference "localhost:5000/analysis:nope": localhost:5000/analysis:nope: not found:'
            " check the image's name, and that the cluster may pull it",
        ),
        (
            "Unschedulable",  # it has no name of Argo's
            "training  waiting: Unschedulable: 0/1 nodes are available: 1 Insufficient"
            " nvidia.com/gpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1"
            " Preemption is not helpful for scheduling: no node has the requested resources: add"
            " one, lower the study's `resources`, or see --gpus, --gpu, --node-selector and"
            " --tolerations",
        ),
    ],
)
def test_real_pods_say_what_to_change(row, kind, line):
    assert row(real_pod(kind)) == line


@pytest.mark.parametrize(
    ("pod", "line"),
    [
        (
            made_up("Failed", reason="Evicted", message="The node was low on resource: memory."),
            "failed: Evicted: The node was low on resource: memory: raise `memory` of training in",
        ),
        (
            made_up("Failed", reason="Evicted", message="low on resource: ephemeral-storage."),
            "failed: Evicted: low on resource: ephemeral-storage: raise `storage` of training in",
        ),
        (
            made_up("Failed", reason="DeadlineExceeded", message="too long"),
            "failed: DeadlineExceeded: too long: raise `hours` of training in the study's `res",
        ),
        (
            made_up("Failed", state={"terminated": {"exitCode": 137, "reason": "Error"}}),
            "failed: Error: exit code 137",
        ),
        (
            waiting("CreateContainerConfigError", 'secret "artifact" not found'),
            'waiting: CreateContainerConfigError: secret "artifact" not found: create what it',
        ),
        (
            made_up("Pending", conditions=[GATED | {"message": "Scheduling is blocked"}]),
            "waiting: SchedulingGated: Scheduling is blocked: its queue has no share left",
        ),
        (  # without what older servers always gave
            made_up("Pending", containerStatuses=[{"state": {"waiting": {"reason": "ErrImage"}}}]),
            "waiting: ErrImage: check the image's name",
        ),
        (  # what a registry says
            waiting("ErrImage", "\x1b[2Ja\n"),
            r"waiting: ErrImage: \x1b[2Ja: check the image",
        ),
        (
            made_up(
                "Pending",
                initContainerStatuses=waiting("ErrImagePull", "kfp-launcher")["status"][
                    "containerStatuses"
                ],
            ),
            "waiting: ErrImagePull: kfp-launcher: check the image",
        ),
    ],
)
def test_other_pods_say_what_to_change(row, pod, line):
    assert row(pod).startswith(f"training  {line}")


def test_pods_that_start_run_or_are_done_say_nothing(cluster, shown):
    quiet = made_up("Running", state={"running": {}}), waiting("ContainerCreating", None)
    of_another_run = made_up("Failed", reason="Evicted")
    of_another_run["metadata"]["labels"]["pipeline/runid"] = "another"
    cluster.pods = [*quiet, real_pod("done"), of_another_run]
    assert len(shown(host=cluster.url)) == 1
    pods = [(path, query) for path, query in cluster.asked if path.startswith("/api/v1")]
    assert pods == [
        ("/api/v1/namespaces/kubeflow/pods", {"labelSelector": f"pipeline/runid={RUN}"})
    ]
    cluster.namespaces = ["team"]
    shown(host=cluster.url, namespace="team")
    assert "/api/v1/namespaces/team/pods" in dict(cluster.asked)


def test_a_row_of_resources_is_that_of_the_stage_where_it_is_known(row, record):
    record.tasks({"general-tokenization": "tokens of general"})
    pod = made_up("Failed", reason="DeadlineExceeded", message="too long")
    name = "matching-experts-x(0).root(0).tokens-of-general(0).executor(0)"
    pod["metadata"]["annotations"] = {"workflows.argoproj.io/node-name": name}
    assert "raise `hours` of general-tokenization in the" in row(pod)


def test_how_a_pod_was_killed_replaces_its_last_report_but_not_its_error(cluster, record, row):
    cluster.states = ["FAILED"]
    record.tasks()
    pod = real_pod("OOMKilled")
    record.state(TRAINING, "running", ago=600, pod=pod["metadata"]["name"])
    assert row(pod).startswith(f"{TITLE}  failed: OOMKilled: exit code 1: raise `memory` of trai")
    record.state(TRAINING, "failed", error="out of memory", pod=pod["metadata"]["name"])
    assert row(pod) == f"{TITLE}  failed, 1 min: out of memory"


def test_the_newest_pod_is_the_next_attempt_and_earlier_ones_are_over(row, record):
    record.tasks()
    record.state("overlap", "running", ago=600, pod="the-one-before")
    newest = real_pod("ImagePullBackOff", creationTimestamp="2100-01-01T00:00:00Z")
    earlier = real_pod("ImagePullBackOff", creationTimestamp="2000-01-01T00:00:00Z")
    line = "overlap with the corpus  waiting, attempt 2: ImagePullBackOff: "
    assert row(newest, earlier).startswith(line)
    record.state("overlap", "running", attempt=2, pod="the-next-one")
    assert row(earlier) == "overlap with the corpus  running, 1 min, attempt 2"


@pytest.mark.parametrize("state", ["failed", "running"])
def test_a_pod_after_retry_on_the_runs_page_has_the_name_of_the_one_before(row, record, state):
    record.tasks()
    pod = real_pod("ImagePullBackOff", creationTimestamp=f"{utc_now():%Y-%m-%dT%H:%M:%SZ}")
    record.state("overlap", state, ago=600, error="no", pod=pod["metadata"]["name"])
    line = "overlap with the corpus  waiting, attempt 2: ImagePullBackOff: "
    assert row(pod).startswith(line)
    record.state("overlap", "running", attempt=2, pod=pod["metadata"]["name"])
    assert row(pod) == "overlap with the corpus  running, 1 min, attempt 2"


def node_of_job(*status, **more):
    """A pod of the TrainJob that trains gpt2-neuro."""
    pod = made_up(*status, **more)
    labels = {"jobset.sigs.k8s.io/jobset-name": "training-gpt2-neuro-0123456789"}
    name = "matching-experts-x(0).root(0).train-gpt2-neuro(0).executor(0)"
    pod["metadata"]["annotations"] = {"workflows.argoproj.io/node-name": name}
    pod["metadata"]["labels"] |= labels
    pod["metadata"]["creationTimestamp"] = "2100-01-01T00:00:00Z"
    return pod


def test_a_pod_of_a_tasks_train_job_is_no_attempt_of_the_task(row, record):
    record.tasks()
    record.state(TRAINING, "running", ago=10)
    pod = node_of_job("Pending", conditions=[GATED | {"message": "no share"}])
    assert row(pod).startswith(f"{TITLE}  waiting: SchedulingGated: no share")


def test_a_nodes_exit_code_does_not_replace_what_the_stage_said(row, record):
    record.tasks()
    record.state(TRAINING, "failed", error="not found: tokens")
    pod = node_of_job("Failed", state={"terminated": {"exitCode": 1, "reason": "Error"}})
    assert row(pod) == f"{TITLE}  failed, 1 min: not found: tokens"


def test_a_node_that_waits_is_shown_although_a_later_one_runs(row, record):
    record.tasks()
    record.state(TRAINING, "running", ago=10)
    cause = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "no"}
    first, second = node_of_job("Pending", conditions=[cause]), node_of_job("Running")
    second["metadata"]["creationTimestamp"] = "2100-01-01T00:00:01Z"
    assert row(first, second).startswith(f"{TITLE}  waiting: Unschedulable: no: no node has")


def test_a_failed_node_is_no_failed_task_while_its_job_begins_anew(row, record):
    record.tasks()
    record.state(TRAINING, "running", ago=10)
    pod = node_of_job("Failed", state={"terminated": {"exitCode": 137, "reason": "OOMKilled"}})
    assert row(pod) == f"{TITLE}  running, 1 min"
    record.state(TRAINING, "failed", error="TrainJob failed")
    assert row(pod).startswith(f"{TITLE}  failed: OOMKilled: exit code 137: raise `memory` of trai")


@pytest.mark.parametrize(
    ("fault", "note"),
    [
        ("no kubeconfig", "Invalid kube-config file.*: check KUBECONFIG"),
        ("a bad kubeconfig", "while parsing a flow node.*: check KUBECONFIG"),
        ("another file", "list indices must be .*: check KUBECONFIG"),
        ("a page", "found no list of pods in its answer: check KUBECONFIG"),
        ("no right", "pods in team may not be listed .403: pods is forbidden: User"),
        ("away", "not reached .*refused"),
    ],
)
def test_a_fault_of_kubernetes_is_one_line_without_the_token(
    cluster, record, capsys, tmp_path, fault, note
):
    kubeconfig = tmp_path / "kubeconfig"
    match fault:
        case "no kubeconfig":
            kubeconfig.unlink()
        case "a bad kubeconfig":
            kubeconfig.write_text("clusters: [")
        case "another file":
            kubeconfig.write_text("- a list")
        case "a page":
            cluster.pods = (200, LOGIN_PAGE)
        case "no right":
            cluster.pods = (403, {"message": 'pods is forbidden: User "u" cannot', "code": 403})
        case "away":
            write_kubeconfig(kubeconfig, "http://127.0.0.1:9")
    status(run=RUN, host=cluster.url, store=record.store, namespace="team")
    _, line = capsys.readouterr().out.splitlines()
    start = "no task is active, reason unknown: Kubernetes: "
    assert line.startswith(start)
    assert re.match(note, line.removeprefix(start))
    assert "a-secret" not in line
