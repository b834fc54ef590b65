"""Waiting for a run: what is printed meanwhile, and at the end."""

import os
import signal
import time

import pytest

from components.runtime.errors import InputError
from pipelines.kubeflow import watching
from pipelines.kubeflow.commands import wait
from pipelines.store.task_states import write_log
from tests.kubeflow.conftest import made_up, real_pod, real_run
from tests.kubeflow.kfp_server import LOGIN_PAGE, RUN
from tests.small_study import ended, start_forked
from tests.store.filled_store import FilledStore

TRAINING, TITLE = "training@gpt2-neuro", "train gpt2-neuro"
TABLE = "| variant | human |\n|---|---|\n| gpt2-neuro | .955 |\n"
REMEDY = "fix it and submit again, or Retry on the run's page: finished stages are cached"
AWAY = (503, "no healthy upstream")


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
        return failed.value.code.removeprefix(f"error: {RUN}: ")

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


def test_progress_is_printed_once_a_minute_and_without_a_host_the_last_task_ends_the_run(
    host, record, printed_by_wait, scenes
):
    record.tasks({TRAINING: TITLE})
    scenes(
        lambda: record.state(TRAINING, "running", progress="1 of 20 steps"),
        lambda: record.state(TRAINING, "running", progress="2 of 20 steps"),
        lambda: record.state(TRAINING, "done"),
    )
    errors, printed = printed_by_wait()
    assert errors[:-1] == [f"{TITLE}: running, 1 min: 1 of 20 steps", f"{TITLE}: done, 1 min"]
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
    with pytest.raises(InputError, match="is not reached"):  # it never answered: no waiting
        wait(run=RUN, store="s3://bucket/prefix")


def test_a_failure_names_the_task_and_what_to_do_after_the_end_of_its_log(
    host, record, failure, capsys
):
    host.states = ["FAILED"]
    record.tasks()
    record.state("check-study", "done")
    record.state(TRAINING, "failed", attempt=2, error="not found: tokens")
    log = "\n".join(f"line {n}" for n in range(100))
    write_log(record.bucket, RUN, TRAINING, attempt=2, content=log.encode())
    line = failure(host=host.url)
    said = "failed: train gpt2-neuro: not found: tokens"
    assert line == f"{said}: {REMEDY}: {host.url}/#/runs/details/{RUN}"
    printed = capsys.readouterr().err.splitlines()
    assert f"{TITLE}: failed, 1 min, attempt 2: not found: tokens" in printed
    assert printed[-20:] == log.splitlines()[-20:]
    assert "line 79" not in printed


def test_without_a_host_a_failed_task_ends_the_run_when_no_other_goes_on(record, failure, scenes):
    record.tasks()
    record.state("check-study", "failed", error="params.yaml: seed: missing")
    record.state(TRAINING, "running")
    scenes(lambda: record.state(TRAINING, "done"))
    assert failure() == f"failed: check the study: params.yaml: seed: missing: {REMEDY}"


@pytest.mark.parametrize("state", ["FAILED", "CANCELED", "terminated"])
def test_a_run_is_said_to_have_failed_of_its_tasks_if_it_did(cluster, record, failure, state):
    cluster.states = [real_run("run-terminated") if state == "terminated" else state]
    no_task = "ended without a failed task: by a limit, or its pods did not start or did not reach"
    if state == "terminated":
        no_task = "ended without a failed task: terminated on its page: Retry there resumes it"
    record.tasks()
    assert failure(host=cluster.url).startswith(no_task)
    record.state(TRAINING, "running", ago=30)
    gone = "failed: train gpt2-neuro: its pod ended without a report after "
    assert failure(host=cluster.url).startswith(no_task if state == "terminated" else gone)
    record.state(TRAINING, "failed", error="no")
    record.state("overlap", "failed", error="no such case")
    said = f"failed: {TITLE}, overlap with the corpus: no: {REMEDY}"
    said = f"terminated on its page; {said}" if state == "terminated" else said
    assert failure(host=cluster.url).startswith(said)
    cluster.pods = [real_pod("Evicted")]  # its line says itself what to do
    record.tasks({"pretraining@gpt2": "pretrain gpt2"})
    assert "`resources` and submit again: http" in failure(host=cluster.url)


def test_a_run_that_kubeflow_no_longer_has_has_ended_when_no_task_is_active(
    host, record, printed_by_wait, failure, scenes
):
    deleted = (404, {"code": 5, "message": "not found"})
    record.tasks({TRAINING: TITLE})
    record.state(TRAINING, "running")
    host.states = ["RUNNING", deleted]
    scenes(lambda: None, lambda: record.state(TRAINING, "running", ago=300))
    gone = f"failed: {TITLE}: no report for 5 min: its pod may be gone: {REMEDY}"
    assert failure(host=host.url) == gone
    record.state(TRAINING, "done", ago=300)
    errors, printed = printed_by_wait(host=host.url)
    assert f"showing what the store holds only: {host.url}: no run {RUN}" in errors[1]
    assert printed == [f"{RUN}: succeeded"]
    record.tasks({TRAINING: TITLE, "figures": "figures and report"})
    assert failure(host=host.url).startswith("not in Kubeflow, and no pod has reported for minutes")


def test_a_run_on_this_machine_goes_on_between_its_tasks_whatever_host_is_named(
    host, record, printed_by_wait, scenes
):
    host.states = [(404, {"code": 5, "message": "not found"})]
    record.tasks({"tokenizer@domain": "tokenizer domain", TRAINING: TITLE})
    record.state("tokenizer@domain", "done")
    scenes(lambda: record.state(TRAINING, "running"), lambda: record.state(TRAINING, "done"))
    _, printed = printed_by_wait(host=host.url)
    assert printed == [f"{RUN}: succeeded"]


def test_a_task_that_ended_with_its_run_is_no_fault_to_be_fixed(cluster, record, failure):
    cluster.states = [real_run("run-terminated")]
    killed = made_up("Failed", state={"terminated": {"exitCode": 143, "reason": "Error"}})
    cluster.pods = [killed]
    record.tasks({TRAINING: TITLE})
    record.state(TRAINING, "running", pod="pod-1")
    line = failure(host=cluster.url)
    assert line.startswith(f"terminated on its page; failed: {TITLE}: Error: exit code 143: ")


def test_what_a_pod_waits_for_is_printed_once(cluster, record, printed_by_wait, scenes):
    cluster.pods = [pod := real_pod("ImagePullBackOff")]
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


def test_a_silent_task_is_reported_once(host, record, printed_by_wait, scenes):
    record.tasks({TRAINING: TITLE})
    record.state(TRAINING, "running", ago=300)
    scenes(
        lambda: record.state(TRAINING, "running", ago=360),
        lambda: record.state(TRAINING, "running"),
        lambda: record.state(TRAINING, "done"),
    )
    errors, _ = printed_by_wait()
    assert errors[:-1] == [
        f"{TITLE}: running, 1 min: no report for 5 min: its pod may be gone",
        f"{TITLE}: running, 1 min",
        f"{TITLE}: done, 1 min",
    ]


def test_a_source_that_is_away_is_tried_again(host, record, printed_by_wait):
    away = [AWAY, (502, "bad gateway")]
    record.all_done()
    host.states = ["RUNNING", *away, "RUNNING", *away, "SUCCEEDED"]
    errors, _ = printed_by_wait(host=host.url)
    again = f"{host.url}: refused (503): no healthy upstream; trying again"
    assert errors.count(again) == 2
    assert not any("bad gateway" in line for line in errors)


@pytest.mark.parametrize(
    ("refusal", "line"),
    [
        (AWAY, "refused (503): no healthy upstream"),
        ((401, {"code": 16, "message": "expired"}), "the token is missing, wrong or expired: set"),
        ((200, LOGIN_PAGE), "answered with a web page, maybe to log in"),
    ],
)
def test_a_host_that_stays_away_is_given_up_in_one_line(
    host, record, capsys, monkeypatch, refusal, line
):
    monkeypatch.setattr(watching, "PATIENCE_SECONDS", 0.05)
    record.tasks()
    host.states = ["RUNNING", refusal]
    with pytest.raises(InputError) as given_up:
        wait(run=RUN, store=record.store, host=host.url, namespace="team")
    assert str(given_up.value).startswith(f"{host.url}: {line}")
    assert str(given_up.value).endswith(
        "; the run continues: python -m pipelines wait"
        f" --run {RUN} --host {host.url} --namespace team --store {record.store}"
    )
    assert capsys.readouterr().err.endswith("; trying again\n")


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
