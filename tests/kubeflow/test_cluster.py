"""Why pods wait or how they ended, as Kubernetes reports it."""

import pytest

from components.runtime.errors import InputError
from pipelines.kubeflow.cluster import read_pods
from tests.kubeflow.conftest import CONTAINER, KINDS_OF_PODS, made_up, real_pods
from tests.kubeflow.kfp_server import RUN

KFP_LAUNCHER = {"waiting": {"reason": "ErrImagePull", "message": "kfp-launcher"}}


def read(cluster, pod):
    """What is read of a pod that Kubernetes lists."""
    cluster.pods = [pod]
    (found,) = read_pods(RUN, "kubeflow")
    return found


@pytest.mark.parametrize(
    ("kind", "task", "phase", "line"),
    [
        ("done", "tokenizer-domain", "Succeeded", ""),
        (
            "OOMKilled",
            "train-gpt2-neuro",
            "Failed",
            "OOMKilled: exit code 1: raise `memory` of training in the study's `resources` and"
            " submit again",
        ),
        (
            "Evicted",
            "pretrain-gpt2",
            "Failed",
            'Evicted: Usage of EmptyDir volume "workspace" exceeds the limit "1Mi": raise'
            " `storage` of pretraining in the study's `resources` and submit again",
        ),
        (
            "ImagePullBackOff",
            "overlap-with-the-corpus",
            "Pending",
            'ImagePullBackOff: Back-off pulling image "localhost:5000/analysis:nope": ErrImagePull:'
            " rpc error: code = NotFound desc = failed to pull and unpack image"
            ' "localhost:5000/analysis:nope": failed to resolve reference'
            ' "localhost:5000/analysis:nope": localhost:5000/analysis:nope: not found: check the'
            " image's name, and that the cluster may pull it",
        ),
        (
            "Unschedulable",
            "training",  # it has no name of Argo's
            "Pending",
            "Unschedulable: 0/1 nodes are available: 1 Insufficient nvidia.com/gpu. no new claims"
            " to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for"
            " scheduling: no node has the requested resources: add one, lower the study's"
            " `resources`, or see --gpus, --gpu, --node-selector and --tolerations",
        ),
    ],
)
def test_real_pods_say_what_to_change(cluster, kind, task, phase, line):
    pod = read(cluster, real_pods()[kind])
    assert (pod.task, pod.phase, pod.fault()) == (task, phase, line)


def test_the_newest_pod_is_the_last(cluster):
    cluster.pods = list(real_pods().values())
    found = read_pods(RUN, "kubeflow")
    assert len(found) == len(KINDS_OF_PODS)
    assert [pod.created for pod in found] == sorted(pod.created for pod in found)


def test_only_the_pods_of_the_run_are_read(cluster):
    cluster.pods = list(real_pods().values())
    assert read_pods("another-run", "kubeflow") == []


def test_a_row_of_resources_is_that_of_the_stage_where_it_is_known(cluster):
    pod = read(cluster, made_up("Failed", reason="DeadlineExceeded", message="too long"))
    assert "raise `hours` of training in the" in pod.fault()
    assert "raise `hours` of general-tokenization in the" in pod.fault("general-tokenization")


@pytest.mark.parametrize(
    ("pod", "line"),
    [
        (
            made_up("Failed", reason="Evicted", message="The node was low on resource: memory."),
            "Evicted: The node was low on resource: memory: raise `memory` of training",
        ),
        (
            made_up("Failed", reason="Evicted", message="low on resource: ephemeral-storage."),
            "raise `storage` of training",
        ),
        (
            made_up(
                "Pending",
                state={
                    "waiting": {
                        "reason": "CreateContainerConfigError",
                        "message": 'secret "mlpipeline-minio-artifact" not found',
                    }
                },
            ),
            'CreateContainerConfigError: secret "mlpipeline-minio-artifact" not found: create what'
            " it names in the pods' namespace",
        ),
        (
            made_up("Failed", state={"terminated": {"exitCode": 137, "reason": "Error"}}),
            "Error: exit code 137",
        ),
        (
            made_up(
                "Pending",
                conditions=[
                    {
                        "type": "PodScheduled",
                        "status": "False",
                        "reason": "SchedulingGated",
                        "message": "Scheduling is blocked due to non-empty scheduling gates",
                    }
                ],
            ),
            "SchedulingGated: Scheduling is blocked due to non-empty scheduling gates: its queue",
        ),
        (
            made_up("Pending", state={"waiting": {"reason": "ErrImage", "message": "\x1b[2Ja\n"}}),
            r"ErrImage: \x1b[2Ja: check the image",  # what a registry says
        ),
        (made_up("Pending", state={"waiting": {"reason": "ContainerCreating"}}), ""),
        (made_up("Running", state={"running": {}}), ""),
        (
            made_up("Pending", initContainerStatuses=[CONTAINER | {"state": KFP_LAUNCHER}]),
            "ErrImagePull: kfp-launcher: check the image",
        ),
    ],
)
def test_other_pods_say_what_to_change(cluster, pod, line):
    fault = read(cluster, pod).fault()
    assert fault.startswith(line) if not line.startswith("raise") else line in fault
    assert "\n" not in fault
    assert bool(fault) == bool(line)


def test_a_bad_kubeconfig_is_one_line(host, monkeypatch, tmp_path):
    file = tmp_path / "kubeconfig"
    file.write_text("clusters: [")
    monkeypatch.setenv("KUBECONFIG", str(file))
    with pytest.raises(InputError, match="Kubernetes: .*: check KUBECONFIG") as no:
        read_pods(RUN, "kubeflow")
    assert "\n" not in str(no.value)


def test_a_missing_right_is_one_line_without_the_token(cluster):
    message = 'pods is forbidden: User "u" cannot list resource "pods" in the namespace "team"'
    cluster.pods = (403, {"kind": "Status", "message": message, "code": 403})
    with pytest.raises(InputError, match="pods in team may not be listed .403: pods is") as no:
        read_pods(RUN, "team")
    assert "a-secret" not in str(no.value)
    assert "\n" not in str(no.value)


def test_a_cluster_that_is_away_is_one_line(cluster):
    cluster.shutdown()
    cluster.server_close()
    with pytest.raises(InputError, match="Kubernetes: not reached .*refused") as away:
        read_pods(RUN, "kubeflow")
    assert "\n" not in str(away.value)
