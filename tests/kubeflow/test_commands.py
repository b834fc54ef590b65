"""The state and the logs of runs, from the store, the host and Kubernetes."""

import pytest

from components.runtime.errors import InputError
from pipelines.kubeflow.commands import logs, status
from pipelines.store.task_states import write_log
from tests.kubeflow.conftest import TITLES, made_up, real, real_pods
from tests.kubeflow.kfp_server import RUN

PAGE = f"/#/runs/details/{RUN}"
TRAINING = "training@gpt2-neuro"


@pytest.fixture
def shown(record, capsys):
    """Lines of `status`."""

    def run(**flags):
        status(run=RUN, store=record.store, **flags)
        return capsys.readouterr().out.splitlines()

    return run


def test_status_is_read_from_the_store_alone(host, record, shown):
    record.tasks()
    record.state("check-study", "done", seconds=12)
    record.state("tokenizer@domain", "cached", seconds=3)
    progress = "gpt2-neuro: 12 of 20 steps, loss 3.1, 34 min left"
    record.state(TRAINING, "running", seconds=3700, attempt=2, progress=progress)
    record.state("overlap", "failed", seconds=75, error="not found: data/corpus")
    assert shown() == [
        f"{RUN}: 2 of 6 tasks done",
        "check the study          done, 12 s",
        "tokenizer domain         cached, 3 s",
        f"train gpt2-neuro         running, 1 h 2 min, attempt 2: {progress}",
        "overlap with the corpus  failed, 1 min: not found: data/corpus",
        "not started: score gpt2-neuro, figures and report",
    ]
    assert host.asked == []


def test_tasks_that_have_not_started_are_one_line(host, record, shown):
    record.tasks(TITLES | {f"training@{n}": f"train {n}" for n in range(9)})
    record.state("check-study", "done")
    first, _check, rest = shown()
    assert first == f"{RUN}: 1 of 15 tasks done"
    assert rest == (
        "not started: tokenizer domain, train gpt2-neuro, score gpt2-neuro (and 11 more)"
    )


def test_a_host_gives_the_state_of_the_run(host, record, shown, monkeypatch):
    record.tasks()
    record.state("check-study", "running")
    host.states = ["RUNNING"]
    assert shown(host=host.url)[0] == f"{RUN}: running, 0 of 6 tasks done: {host.url}{PAGE}"
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", host.url)
    assert shown()[0] == f"{RUN}: running, 0 of 6 tasks done: {host.url}{PAGE}"


def test_a_large_run_is_shown_to_its_end_though_kubeflow_stops_updating_its_tasks(
    host, record, shown
):
    host.states = [real("run-succeeded") | {"run_id": RUN}]
    record.all_done()
    lines = shown(host=host.url)
    assert lines[0].startswith(f"{RUN}: succeeded, 6 of 6 tasks done")
    assert all("done" in line for line in lines)


def test_an_unknown_run_is_named(host, store):
    with pytest.raises(InputError, match=f"no run {RUN}, expected one that `python -m pipelines"):
        status(run=RUN, store=store)
    with pytest.raises(InputError, match="no run other: check --run and --host$"):
        status(run="other", store=store, host=host.url)


def test_a_waiting_pod_is_shown_with_the_reason_and_a_remedy(cluster, record, shown):
    cluster.states = ["RUNNING"]
    pods = real_pods()
    cluster.pods = [pods["ImagePullBackOff"], pods["Unschedulable"]]
    record.tasks()
    record.state("check-study", "done")
    rows = shown(host=cluster.url)
    assert rows[2].startswith("overlap with the corpus  waiting: ImagePullBackOff: Back-off")
    assert rows[2].endswith("check the image's name, and that the cluster may pull it")
    assert rows[3].startswith("training                 waiting: Unschedulable: 0/1 nodes are")
    assert rows[4] == (
        "not started: tokenizer domain, train gpt2-neuro, score gpt2-neuro (and 1 more)"
    )
    asked = [(path, query) for path, query in cluster.asked if path.startswith("/api/v1")]
    assert asked == [
        ("/api/v1/namespaces/kubeflow/pods", {"labelSelector": f"pipeline/runid={RUN}"})
    ]


def test_pods_are_listed_in_the_users_namespace(cluster, record, shown):
    cluster.namespaces = ["team"]
    cluster.states = ["RUNNING"]
    shown(host=cluster.url, namespace="team")
    assert "/api/v1/namespaces/team/pods" in dict(cluster.asked)


def test_how_a_pod_was_killed_replaces_its_last_report(cluster, record, shown):
    cluster.states = ["FAILED"]
    pods = real_pods()
    cluster.pods = [pods["OOMKilled"]]
    record.tasks()
    pod = pods["OOMKilled"]["metadata"]["name"]
    record.state(TRAINING, "running", ago=600, pod=pod)
    row = next(row for row in shown(host=cluster.url) if row.startswith("train"))
    assert row == (
        "train gpt2-neuro  failed: OOMKilled: exit code 1: raise `memory` of training in the"
        " study's `resources` and submit again"
    )


def test_a_pod_that_waits_after_one_that_failed_is_the_next_attempt(cluster, record, shown):
    cluster.states = ["RUNNING"]
    pod = real_pods()["ImagePullBackOff"]
    pod["metadata"]["creationTimestamp"] = "2100-01-01T00:00:00Z"
    cluster.pods = [pod]
    record.tasks()
    record.state("overlap", "running", ago=600, pod="the-one-before")
    (row,) = (row for row in shown(host=cluster.url) if row.startswith("overlap"))
    assert "waiting, attempt 2: ImagePullBackOff: " in row


def test_a_pod_before_the_one_that_wrote_last_is_over(cluster, record, shown):
    cluster.states = ["RUNNING"]
    cluster.pods = [real_pods()["Evicted"]]
    cluster.pods[0]["metadata"]["creationTimestamp"] = "2000-01-01T00:00:00Z"
    record.tasks({"pretraining@gpt2": "pretrain gpt2"})
    record.state("pretraining@gpt2", "running", attempt=2, pod="the-next-one")
    assert shown(host=cluster.url)[1:] == ["pretrain gpt2  running, 1 min, attempt 2"]


def test_a_driver_is_shown_only_if_it_failed(cluster, record, shown):
    cluster.states = ["RUNNING"]
    driver = made_up("Running", state={"running": {}})
    del driver["metadata"]["labels"]["matching-experts/stage"]
    name = "matching-experts-x(0).root(0).train-gpt2-neuro-driver(0)"
    driver["metadata"]["annotations"] = {"workflows.argoproj.io/node-name": name}
    cluster.pods = [driver]
    record.tasks({TRAINING: "train gpt2-neuro"})
    assert shown(host=cluster.url)[1:] == ["not started: train gpt2-neuro"]
    driver["status"] = {"phase": "Failed", "reason": "NodeShutdown", "message": "no more"}
    assert "train-gpt2-neuro-driver  failed: NodeShutdown: no more" in shown(host=cluster.url)[1]


def test_the_tasks_own_last_report_is_shown(cluster, record, shown):
    cluster.states = ["FAILED"]
    pods = real_pods()
    cluster.pods = [pods["OOMKilled"], pods["done"]]
    record.tasks()
    record.state("tokenizer@domain", "done", pod=pods["done"]["metadata"]["name"])
    pod = pods["OOMKilled"]["metadata"]["name"]
    record.state(TRAINING, "failed", error="out of memory", pod=pod)
    rows = shown(host=cluster.url)
    assert "tokenizer domain  done, 1 min" in rows
    assert "train gpt2-neuro  failed, 1 min: out of memory" in rows


def test_a_fault_of_kubernetes_is_shown_only_where_its_answer_would_help(host, record, shown):
    record.tasks()
    record.state("check-study", "running")
    host.states = ["RUNNING"]
    assert "Kubernetes" not in "".join(shown(host=host.url))
    record.state("check-study", "done")
    (note,) = (line for line in shown(host=host.url) if "Kubernetes" in line)
    assert note.startswith(
        "no task is active, reason unknown: Kubernetes: Invalid kube-config file"
    )
    host.states = ["FAILED"]
    assert shown(host=host.url)[-1] == note
    record.state("overlap", "failed", error="no such case")
    assert "Kubernetes" not in "".join(shown(host=host.url))
    record.all_done()
    host.states = ["RUNNING"]
    assert "Kubernetes" not in "".join(shown(host=host.url))


@pytest.mark.parametrize("task", [TRAINING, "train gpt2-neuro"])
def test_the_log_of_a_task_is_found_by_its_title_or_stage(record, capsys, task):
    record.tasks()
    record.state(TRAINING, "running", attempt=2)
    write_log(record.bucket, RUN, TRAINING, attempt=1, content=b"update 1\n")
    write_log(record.bucket, RUN, TRAINING, attempt=2, content="update 2: größer".encode())
    logs(run=RUN, task=task, store=record.store)
    assert capsys.readouterr().out == "update 2: größer\n"
    logs(run=RUN, task=task, attempt=1, store=record.store)
    assert capsys.readouterr().out == "update 1\n"


def test_what_a_store_holds_moves_no_cursor(record, shown, capsys):
    record.tasks(TITLES | {TRAINING: "train \x1b[2J"})
    record.state(TRAINING, "failed", error="\x1b]0;title\x07 gone")
    write_log(record.bucket, RUN, TRAINING, attempt=1, content="größer\x1b[2J\t1\n".encode())
    line = next(each for each in shown() if each.startswith("train"))
    assert line.startswith(r"train \x1b[2J")
    assert line.endswith(r": \x1b]0;title\x07 gone")
    logs(run=RUN, task=TRAINING, store=record.store)
    assert capsys.readouterr().out == "größer\\x1b[2J\t1\n"


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (
            {"task": "other"},
            "found 'other', expected one that has begun: check-study, training@gpt2-neuro$",
        ),
        ({"task": TRAINING, "attempt": 5}, "found no log of attempt 5: there are 2"),
        ({"task": "overlap"}, "found 'overlap', expected one that has begun: check-study, tr"),
    ],
)
def test_a_missing_log_is_named(record, flags, line):
    record.tasks()
    record.state("check-study", "done")
    record.state(TRAINING, "running", attempt=2)
    with pytest.raises(InputError, match=line):
        logs(run=RUN, store=record.store, **flags)


def test_a_log_of_an_unknown_run_is_named(store):
    with pytest.raises(InputError, match=f"that has begun: none of run {RUN} has, in s3://"):
        logs(run=RUN, task="overlap", store=store)
