"""The state and the logs of runs, from the store and the host."""

import pytest

from components.runtime.errors import InputError
from pipelines.kubeflow.commands import logs, status
from pipelines.store.studies import Study, write_study
from pipelines.store.task_states import write_log
from tests.kubeflow.conftest import TITLES, made_up, real_run
from tests.kubeflow.kfp_server import RUN

PAGE = f"/#/runs/details/{RUN}"
TRAINING = "training@gpt2-neuro"


def test_status_is_read_from_the_store_alone(host, record, shown):
    record.tasks(TITLES | {f"training@{n}": f"train {n}" for n in range(2)})
    record.state("check-study", "done", seconds=12)
    record.state("tokenizer@domain", "cached", seconds=3)
    progress = "gpt2-neuro: 12 of 20 steps, loss 3.1, 34 min left"
    record.state(TRAINING, "running", seconds=3700, attempt=2, progress=progress)
    record.state("overlap", "failed", seconds=75, error="not found: data/corpus")
    assert shown() == [
        f"{RUN}: 2 of 8 tasks done",
        "check the study          done, 12 s",
        "tokenizer domain         cached, 3 s",
        f"train gpt2-neuro         running, 1 h 2 min, attempt 2: {progress}",
        "overlap with the corpus  failed, 1 min: not found: data/corpus",
        "not started: score gpt2-neuro, figures and report, train 0 (and 1 more)",
    ]
    assert host.asked == []


def test_a_host_gives_the_state_of_the_run(host, record, shown, monkeypatch):
    record.tasks()
    record.state("check-study", "running")
    host.states = ["RUNNING"]
    assert shown(host=host.url)[0] == f"{RUN}: running, 0 of 6 tasks done: {host.url}{PAGE}"
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", host.url)
    assert shown()[0] == f"{RUN}: running, 0 of 6 tasks done: {host.url}{PAGE}"
    # A large run, though Kubeflow stops updating its tasks.
    host.states = [real_run("run-succeeded")]
    record.all_done()
    first, *lines = shown()
    assert first.startswith(f"{RUN}: succeeded, 6 of 6 tasks done")
    assert all("done" in line for line in lines)


def test_an_unknown_run_is_named(host, store):
    with pytest.raises(InputError, match=f"no task of run {RUN} has begun: `python -m pipelines"):
        status(run=RUN, store=store)
    with pytest.raises(InputError, match="no run other: check --run and --host$"):
        status(run="other", store=store, host=host.url)
    with pytest.raises(InputError, match=f"that has begun: none of run {RUN} has, in s3://"):
        logs(run=RUN, task="overlap", store=store)


def test_a_study_that_was_pushed_or_a_run_without_a_pod_yet_has_no_tasks(host, record, store):
    write_study(record.bucket, Study(RUN, "seed: 1", "outs: []"))
    with pytest.raises(InputError, match=f"no task of run {RUN} has begun: `python -m pipelines"):
        status(run=RUN, store=store)


def test_a_run_that_kubeflow_no_longer_has_is_read_from_the_store(host, record, shown):
    host.states = [(404, {"code": 5, "message": "not found"})]
    record.tasks()
    record.state("check-study", "done", seconds=12)
    lines = shown(host=host.url)
    assert lines[0] == f"{RUN}: 1 of 6 tasks done"
    assert lines[1] == "check the study  done, 12 s"
    assert lines[-1].startswith(f"showing what the store holds only: {host.url}: no run {RUN}")


def test_a_driver_is_shown_only_if_it_failed(cluster, record, shown):
    driver = made_up("Running", state={"running": {}})
    del driver["metadata"]["labels"]["matching-experts/stage"]
    name = "matching-experts-x(0).root(0).train-gpt2-neuro-driver(0)"
    driver["metadata"]["annotations"] = {"workflows.argoproj.io/node-name": name}
    cluster.pods = [driver]
    record.tasks({TRAINING: "train gpt2-neuro"})
    assert shown(host=cluster.url)[1:] == ["not started: train gpt2-neuro"]
    driver["status"] = {"phase": "Failed", "reason": "NodeShutdown", "message": "no more"}
    assert "train-gpt2-neuro-driver  failed: NodeShutdown: no more" in shown(host=cluster.url)[1]


def test_a_fault_of_kubernetes_is_shown_only_where_its_answer_would_help(host, record, shown):
    def notes(state):
        host.states = [state]
        return [line for line in shown(host=host.url) if "reason unknown: Kubernetes: " in line]

    record.tasks()
    record.state("check-study", "running")
    assert not notes("RUNNING")
    record.state("check-study", "done")
    assert len(notes("RUNNING")) == len(notes("FAILED")) == 1
    assert not notes(real_run("run-terminated"))
    record.state("overlap", "failed", error="no such case")
    assert not notes("FAILED")
    record.all_done()
    assert not notes("RUNNING")


def test_the_log_of_a_task_is_found_by_its_title_or_stage(record, capsys):
    record.tasks()
    record.state("check-study", "done")
    record.state(TRAINING, "running", attempt=2)
    write_log(record.bucket, RUN, TRAINING, attempt=1, content=b"update 1\n")
    write_log(record.bucket, RUN, TRAINING, attempt=2, content="update 2: größer".encode())
    for task in (TRAINING, "train gpt2-neuro"):
        logs(run=RUN, task=task, store=record.store)
        assert capsys.readouterr().out == "update 2: größer\n"
    logs(run=RUN, task=TRAINING, attempt=1, store=record.store)
    assert capsys.readouterr().out == "update 1\n"
    begun = "expected one that has begun: check-study, training@gpt2-neuro$"
    for flags, line in (
        ({"task": "overlap"}, f"found 'overlap', {begun}"),
        ({"task": TRAINING, "attempt": 3}, "--attempt: found 3, expected 1 to 2$"),
        ({"task": TRAINING, "attempt": 0}, "--attempt: found 0, expected 1 to 2$"),
        ({"task": "check-study"}, "attempt 1 has no log: a pod writes it every 30 seconds, and at"),
    ):
        with pytest.raises(InputError, match=line):
            logs(run=RUN, store=record.store, **flags)


def test_a_log_is_found_in_the_runs_own_store(host, record, capsys, monkeypatch):
    record.tasks()
    record.state(TRAINING, "running")
    write_log(record.bucket, RUN, TRAINING, attempt=1, content=b"update 1\n")
    host.parameters, host.states = {"store": record.store}, ["RUNNING"]
    logs(run=RUN, task=TRAINING, host=host.url)
    assert capsys.readouterr().out == "update 1\n"
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", "http://127.0.0.1:9")
    logs(run=RUN, task=TRAINING, store=record.store)  # asks no host
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
