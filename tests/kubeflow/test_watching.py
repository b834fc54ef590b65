"""Waiting for a run: what is printed meanwhile, and at the end."""

import os
import re
import signal
import time

import pytest

from components.runtime.errors import InputError
from pipelines.kubeflow import watching
from pipelines.kubeflow.commands import wait
from pipelines.kubeflow.overview import Sources
from pipelines.store.task_states import write_log
from tests.kubeflow.conftest import real, real_pods
from tests.kubeflow.kfp_server import LOGIN_PAGE, RUN
from tests.small_study import ended, start_forked
from tests.store.filled_store import FilledStore

TRAINING, TITLE = "training@gpt2-neuro", "train gpt2-neuro"
TABLE = "| variant | human |\n|---|---|\n| gpt2-neuro | .955 |\n"
REMEDY = "fix it and submit again, or Retry on the run's page: finished stages are cached"


@pytest.fixture
def printed_by_wait(record, capsys):
    """Waits for a run that succeeds; returns the lines of stderr and of stdout."""

    def run(**flags):
        wait(run=RUN, store=record.store, **flags)
        captured = capsys.readouterr()
        return captured.err.splitlines(), captured.out.splitlines()

    return run


@pytest.fixture
def failure(record):
    """The line that `wait` ends with when the run has failed."""

    def run(**flags):
        with pytest.raises(SystemExit) as failed:
            wait(run=RUN, store=record.store, **flags)
        return failed.value.code

    return run


@pytest.fixture
def scenes(monkeypatch):
    """Has something happen after each look, in the place of a pause."""

    def play(*changes):
        coming = iter(changes)
        monkeypatch.setattr(time, "sleep", lambda _seconds: next(coming)())

    return play


def test_each_change_is_printed_once_until_the_run_succeeds(
    host, record, printed_by_wait, scenes, monkeypatch
):
    monkeypatch.setattr(watching, "PROGRESS_SECONDS", 0)
    host.states = ["RUNNING"]
    scenes(
        record.tasks,
        lambda: record.state("check-study", "running"),
        lambda: record.state("check-study", "running"),
        lambda: record.state("check-study", "done", seconds=5),
        lambda: record.state("tokenizer@domain", "cached"),
        lambda: record.state(TRAINING, "running"),
        lambda: record.state(TRAINING, "running", progress="12 of 20 steps"),
        lambda: record.state(TRAINING, "running", progress="12 of 20 steps"),
        lambda: record.state(TRAINING, "running", attempt=2),
        lambda: record.state(TRAINING, "done", attempt=2, seconds=7200),
        lambda: host.states.append("SUCCEEDED"),
        lambda: None,
    )
    errors, printed = printed_by_wait(host=host.url)
    assert errors[0].startswith("no task is active, reason unknown: Kubernetes: ")
    assert errors[1:-1] == [
        "check the study: running, 1 min",
        "check the study: done, 5 s",
        "tokenizer domain: cached, 1 min",
        f"{TITLE}: running, 1 min",
        f"{TITLE}: running, 1 min: 12 of 20 steps",
        f"{TITLE}: running, 1 min, attempt 2",
        f"{TITLE}: done, 2 h, attempt 2",
    ]
    assert printed == [f"{RUN}: succeeded: {host.url}/#/runs/details/{RUN}"]
    assert errors[-1].startswith("the table of results is in the store, and on the run's page")


def test_progress_is_printed_once_a_minute(host, record, printed_by_wait, scenes):
    record.tasks({TRAINING: TITLE})
    scenes(
        lambda: record.state(TRAINING, "running", progress="1 of 20 steps"),
        lambda: record.state(TRAINING, "running", progress="2 of 20 steps"),
        lambda: record.state(TRAINING, "running", progress="3 of 20 steps"),
        lambda: record.state(TRAINING, "done"),
    )
    errors, _ = printed_by_wait()
    assert errors[:-1] == [f"{TITLE}: running, 1 min: 1 of 20 steps", f"{TITLE}: done, 1 min"]


def test_without_a_host_the_run_ends_when_all_tasks_are_done(record, printed_by_wait, scenes, host):
    record.all_done()
    record.state("figures", "running")
    scenes(lambda: record.state("figures", "done"))
    errors, printed = printed_by_wait()
    assert "figures and report: done, 1 min" in errors
    assert printed == [f"{RUN}: succeeded"]
    assert host.asked == []


def test_it_ends_with_the_table_of_results_from_the_store(
    host, record, printed_by_wait, store_folder, tmp_path
):
    filled = FilledStore(record.store, folder=store_folder, cache=tmp_path)
    filled.run("figures", {"artifacts/figures": {"table.md": TABLE.encode()}}, run=RUN)
    record.all_done()
    _, printed = printed_by_wait(host=host.url)
    assert printed[1:] == ["", *TABLE.splitlines(), ""]


def test_without_the_stores_keys_it_waits_for_kubeflow_and_says_where_the_results_are(
    host, monkeypatch, capsys
):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    host.parameters = {"store": "s3://bucket/prefix"}
    host.states = ["RUNNING", "RUNNING", "SUCCEEDED"]
    wait(run=RUN, host=host.url)
    first, last = capsys.readouterr().err.splitlines()
    assert first.startswith("showing Kubeflow's own state only: s3://bucket/prefix: ")
    assert last.startswith("the table of results is in the store, and on the run's page")


def test_a_failure_names_the_task_and_what_to_do_after_the_end_of_its_log(
    host, record, failure, capsys
):
    host.states = ["FAILED"]
    record.tasks()
    record.state("check-study", "done")
    record.state(TRAINING, "failed", attempt=2, error="not found: tokens")
    log = "\n".join(f"line {n}" for n in range(100))
    write_log(record.bucket, RUN, TRAINING, attempt=2, content=log.encode())
    assert failure(host=host.url) == (
        f"error: {RUN}: failed: {TITLE}: not found: tokens: {REMEDY}:"
        f" {host.url}/#/runs/details/{RUN}"
    )
    printed = capsys.readouterr().err.splitlines()
    assert f"{TITLE}: failed, 1 min, attempt 2: not found: tokens" in printed
    assert printed[-20:] == log.splitlines()[-20:]
    assert "line 79" not in printed


def test_without_a_host_a_failed_task_ends_the_run_when_no_other_goes_on(
    host, record, failure, scenes
):
    record.tasks()
    record.state("overlap", "failed", error="no such case")
    record.state(TRAINING, "running")
    scenes(lambda: record.state(TRAINING, "done"))
    line = f"error: {RUN}: failed: overlap with the corpus: no such case: {REMEDY}"
    assert failure() == line


@pytest.mark.parametrize("state", ["FAILED", "CANCELED"])
def test_all_tasks_that_failed_are_named(host, record, failure, state):
    host.states = [state]
    record.tasks()
    record.state(TRAINING, "failed", error="no")
    record.state("overlap", "failed", error="no such case")
    assert f"failed: {TITLE}, overlap with the corpus: no: " in failure(host=host.url)


def test_a_run_that_was_terminated_after_a_failure_failed_of_that(host, record, failure):
    host.states = [real("run-terminated") | {"run_id": RUN}]
    record.tasks()
    record.state("overlap", "failed", error="no such case")
    assert "failed: overlap with the corpus: no such case: " in failure(host=host.url)


def test_what_a_pod_waits_for_is_printed_once(cluster, record, printed_by_wait, scenes):
    cluster.states = ["RUNNING"]
    pod = real_pods()["ImagePullBackOff"]
    cluster.pods = [pod]
    record.tasks()
    scenes(
        lambda: None,
        lambda: record.state("overlap", "running", pod=pod["metadata"]["name"]),
        record.all_done,
        lambda: cluster.states.append("SUCCEEDED"),
        lambda: None,
    )
    errors, _ = printed_by_wait(host=cluster.url)
    first, second, third = (line for line in errors if line.startswith("overlap"))
    assert first.startswith("overlap with the corpus: waiting: ImagePullBackOff: Back-off pulling")
    assert second == "overlap with the corpus: running, 1 min"
    assert third == "overlap with the corpus: done, 1 min"


def test_an_unexplained_standstill_is_reported_once(host, record, printed_by_wait, scenes):
    host.states = ["RUNNING", "RUNNING", "RUNNING", "SUCCEEDED"]
    record.tasks()
    scenes(*[lambda: None] * 3)
    errors, _ = printed_by_wait(host=host.url)
    (line,) = (line for line in errors if "no task is active" in line)
    assert line.startswith("no task is active, reason unknown: Kubernetes: Invalid kube-config")


def test_a_silent_task_is_reported_once(host, record, printed_by_wait, scenes):
    record.tasks({TRAINING: TITLE})
    record.state(TRAINING, "running", ago=240)
    scenes(
        lambda: record.state(TRAINING, "running", ago=300),
        lambda: record.state(TRAINING, "running"),
        lambda: record.state(TRAINING, "done"),
    )
    errors, _ = printed_by_wait()
    assert errors[:-1] == [
        f"{TITLE}: running, 1 min: no report for 4 min: its pod may be gone",
        f"{TITLE}: running, 1 min",
        f"{TITLE}: done, 1 min",
    ]


def test_an_unavailable_host_is_tried_again(host, record, printed_by_wait):
    away = [(503, "no healthy upstream"), (502, "bad gateway")]
    record.all_done()
    host.states = ["RUNNING", *away, "RUNNING", *away, "SUCCEEDED"]
    errors, _ = printed_by_wait(host=host.url)
    again = f"{host.url}: refused (503): no healthy upstream; trying again"
    assert errors.count(again) == 2
    assert not any("bad gateway" in line for line in errors)


def test_an_unavailable_store_is_tried_again(host, record, printed_by_wait, scenes, monkeypatch):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    record.all_done()
    record.state("figures", "running")
    asked = Sources.read

    def away(sources):
        raise InputError("s3://bucket: not reached")

    def use(function):
        return lambda: monkeypatch.setattr(Sources, "read", function)

    scenes(use(away), lambda: record.state("figures", "done"), use(asked))
    errors, printed = printed_by_wait()
    assert errors.count("s3://bucket: not reached; trying again") == 1
    assert printed == [f"{RUN}: succeeded"]


def test_a_store_that_never_answered_is_not_waited_for(host, store, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(InputError, match="is not reached"):
        wait(run=RUN, store=store)


def test_a_host_that_stays_away_is_given_up_in_one_line(host, record, monkeypatch):
    monkeypatch.setattr(watching, "PATIENCE_SECONDS", 0.05)
    record.tasks()
    host.states = ["RUNNING", (503, "no healthy upstream")]
    with pytest.raises(InputError) as given_up:
        wait(run=RUN, store=record.store, host=host.url, namespace="team")
    assert str(given_up.value) == (
        f"{host.url}: refused (503): no healthy upstream; the run continues: python -m pipelines"
        f" wait --run {RUN} --host {host.url} --namespace team --store {record.store}"
    )


@pytest.mark.parametrize(
    ("refusal", "line"),
    [
        ((401, {"code": 16, "message": "expired"}), "the token is missing, wrong or expired"),
        ((200, LOGIN_PAGE), "answered with a web page, maybe to log in"),
    ],
)
def test_a_token_that_expires_meanwhile_is_named_at_once(
    host, record, capsys, monkeypatch, refusal, line
):
    host.states = ["RUNNING", refusal]
    monkeypatch.setattr(watching, "PATIENCE_SECONDS", 0.05)
    with pytest.raises(InputError, match=f"{line}.*the run continues: python -m pipelines wait"):
        wait(run=RUN, store=record.store, host=host.url)
    assert re.search(f"{line}.*; trying again\n$", capsys.readouterr().err)


def test_an_interruption_does_not_end_the_run(host, record, tmp_path):
    host.states = ["RUNNING"]
    record.tasks()
    record.state(TRAINING, "running")
    flags = ("--run", RUN, "--host", host.url, "--store", record.store)
    watcher = start_forked(wait, *flags, folder=tmp_path)
    while f"{TITLE}: running" not in (tmp_path / "stderr").read_text():
        time.sleep(0.05)
    os.kill(watcher.pid, signal.SIGINT)
    done = ended(watcher, check=False)
    assert done.returncode == 130
    assert done.stderr.splitlines()[-2:] == [
        f"the run continues: python -m pipelines wait {' '.join(flags)}",
        "interrupted",
    ]
    assert not any("terminate" in path for path, _ in host.asked)
