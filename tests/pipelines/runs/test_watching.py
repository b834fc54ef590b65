"""A run is waited for: what is told meanwhile, and at the end."""

import hashlib
import json
import os
import signal
import time

import pytest

from components.errors import InputError
from pipelines.runs import watching
from pipelines.runs.commands import wait
from pipelines.store.address import read_address
from pipelines.store.bucket import Bucket
from pipelines.store.objects import Objects, place_in
from pipelines.store.studies import Study, write_study
from tests.pipelines.runs.kfp_server import LOGIN_PAGE, RUN
from tests.small_study import ended as ended_process
from tests.small_study import start_forked

TASK = "train-gpt2-neuro"
TABLE = "| variant | human |\n|---|---|\n| gpt2-neuro | .955 |\n"


def ended(code, reason):
    """Kubernetes' status of a pod whose program ended badly."""
    state = {"terminated": {"exitCode": code, "reason": reason}}
    return {"phase": "Failed", "containerStatuses": [{"name": "main", "state": state}]}


def waiting(reason, message):
    state = {"waiting": {"reason": reason, "message": message}}
    return {"phase": "Pending", "containerStatuses": [{"name": "main", "state": state}]}


def failure(host, run=RUN):
    with pytest.raises(SystemExit) as failed:
        wait(run=run, host=host.url)
    return failed.value.code


def test_each_change_is_told_once_and_the_run_ends_well(host, capsys):
    host.states = [
        ("RUNNING", {"tokenizer-domain": "driver running"}),
        ("RUNNING", {"tokenizer-domain": "RUNNING"}),
        ("RUNNING", {"tokenizer-domain": "RUNNING"}),
        ("RUNNING", {"tokenizer-domain": "SUCCEEDED", TASK: "RUNNING"}),
        ("SUCCEEDED", {"tokenizer-domain": "SUCCEEDED", TASK: "SUCCEEDED"}),
    ]
    wait(run=RUN, host=host.url)
    captured = capsys.readouterr()
    assert captured.err.splitlines()[:5] == [
        "tokenizer-domain: starting",
        "tokenizer-domain: running",
        "tokenizer-domain: succeeded",
        f"{TASK}: running",
        f"{TASK}: succeeded",
    ]
    assert f"{RUN}: succeeded: {host.url}/#/runs/details/{RUN}" in captured.out


def in_store(bucket, cache, content, suffix=""):
    """Puts an object into a store; returns its id."""
    identifier = hashlib.md5(content).hexdigest() + suffix
    place = place_in(cache, identifier)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    Objects(bucket).upload({identifier}, cache)
    return identifier


def test_it_ends_with_the_table_of_results_from_the_store(host, store, tmp_path, capsys):
    bucket = Bucket(read_address(store))
    table = in_store(bucket, tmp_path, TABLE.encode())
    manifest = json.dumps([{"md5": table, "relpath": "table.md"}]).encode()
    folder = in_store(bucket, tmp_path, manifest, ".dir")
    out = {"path": "artifacts/figures", "hash": "md5", "md5": folder, "size": 1, "nfiles": 1}
    entry = {"cmd": "python -m components.figures", "outs": [out]}
    data = "outs:\n- {path: data, hash: md5, md5: d8e8fca2dc0f896fd7cb4cb0031ba249.dir, size: 1}\n"
    write_study(bucket, Study(RUN, "seed: 1\n", data, {"figures": entry}))
    host.parameters = {"store": store}
    wait(run=RUN, host=host.url)
    assert capsys.readouterr().out.endswith(f"\n\n{TABLE}\n")


def test_without_the_stores_keys_it_says_where_the_results_are(host, monkeypatch, capsys):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    host.parameters = {"store": "s3://bucket/prefix"}
    wait(run=RUN, host=host.url)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("the table of results is in the store, and on the run's page")
    assert "s3://bucket/prefix" in line


def test_a_failure_names_the_task_and_shows_the_end_of_its_log(host, capsys):
    host.states = [("FAILED", {"tag-terms": "SUCCEEDED", TASK: ("FAILED",) * 5})]
    host.log[TASK] = "\n".join(f"line {n}" for n in range(100))
    host.pods[TASK] = ended(1, "Error")
    assert failure(host) == (
        f"error: {RUN}: failed: {TASK}: exit code 1: {host.url}/#/runs/details/{RUN}"
    )
    printed = capsys.readouterr().err
    assert f"{TASK}: failed" in printed
    assert "line 99" in printed
    assert "line 79\n" not in printed


def test_a_failure_of_one_of_several_users_shows_the_log_too(host, capsys):
    host.namespaces = ["team"]
    host.experiments["mine"] = {"experiment_id": "e7", "display_name": "x", "namespace": "team"}
    host.states = [("FAILED", {TASK: "FAILED"})]
    host.log[TASK] = "update 1\nerror: not found: tokens"
    host.pods[TASK] = ended(1, "Error")
    assert f"{TASK}: exit code 1" in failure(host)
    assert "error: not found: tokens" in capsys.readouterr().err
    assert dict(host.asked)["/k8s/pod"]["podnamespace"] == "team"


def test_all_tasks_that_failed_are_named(host, capsys):
    host.states = [("FAILED", {"tag-terms": "FAILED", TASK: "FAILED"})]
    assert failure(host).startswith(f"error: {RUN}: failed: tag-terms, {TASK}: ")


def test_a_failure_is_named_also_when_its_pod_is_gone(host, capsys):
    host.states = [("FAILED", {TASK: "FAILED"})]
    assert failure(host) == f"error: {RUN}: failed: {TASK}: {host.url}/#/runs/details/{RUN}"
    assert "its log is not to be had (500): kubectl logs" in capsys.readouterr().err


def test_a_host_that_tells_what_failed_is_believed(host, capsys):
    host.states = [("FAILED", {TASK: "FAILED"})]
    host.errors[TASK] = "OOMKilled"
    assert "killed for want of memory (OOMKilled, exit code 137): raise `memory`" in failure(host)
    assert f"{TASK}: failed: OOMKilled" in capsys.readouterr().err


def test_a_task_whose_pod_could_not_be_made_is_named(host, capsys):
    host.states = [("FAILED", {TASK: "driver failed"})]
    assert failure(host).startswith(f"error: {RUN}: failed: {TASK}: ")
    assert f"{TASK}: no pod, so no log: failed" in capsys.readouterr().err


def test_a_run_that_failed_before_any_task_is_said_to_have(host):
    host.states = [("FAILED", {})]
    assert failure(host).startswith(f"error: {RUN}: failed, no task failed: {host.url}/#/runs")


def test_an_unknown_run_does_not_go_on(host):
    with pytest.raises(InputError, match="no run other: check --run and --host$"):
        wait(run="other", host=host.url)


def test_a_run_that_was_ended_by_hand_is_no_success(host):
    host.states = [("CANCELED", {TASK: "FAILED"})]
    assert failure(host).startswith(f"error: {RUN}: canceled: {TASK}")


@pytest.mark.parametrize(
    ("pod", "line"),
    [
        (ended(137, "OOMKilled"), "killed for want of memory (OOMKilled, exit code 137): raise"),
        (ended(137, "Error"), "killed for want of memory (Error, exit code 137): raise `memory`"),
        ({"phase": "Failed", "reason": "DeadlineExceeded"}, "ran too long: raise `hours`"),
        (
            {"phase": "Failed", "reason": "Evicted", "message": "disk is full"},
            "Evicted: disk is full: see `storage` and `memory`",
        ),
    ],
)
def test_what_a_pod_died_of_is_said_with_what_to_do(host, pod, line):
    host.states = [("FAILED", {TASK: "FAILED"})]
    host.pods[TASK] = pod
    assert f"{TASK}: {line}" in failure(host)


@pytest.mark.parametrize(
    ("pod", "line"),
    [
        (
            waiting("ImagePullBackOff", 'Back-off pulling image "registry/models:1"'),
            'ImagePullBackOff: Back-off pulling image "registry/models:1": check the image\'s name,'
            " and that the cluster may pull it",
        ),
        (
            waiting("CreateContainerConfigError", "secret not found"),
            "CreateContainerConfigError: secret not found",
        ),
        (
            {
                "phase": "Pending",
                "conditions": [
                    {"status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}
                ],
            },
            "Unschedulable: 0/3 nodes: no node has what it asks for",
        ),
    ],
)
def test_what_a_pod_waits_for_is_told_once(host, capsys, pod, line):
    host.states = [("RUNNING", {TASK: "RUNNING"})] * 3 + [("SUCCEEDED", {TASK: "SUCCEEDED"})]
    host.pods[TASK] = pod
    wait(run=RUN, host=host.url)
    told = capsys.readouterr().err.splitlines()
    assert told[:3] == [f"{TASK}: running", f"{TASK}: waits: {line}", f"{TASK}: succeeded"]


def test_a_pod_that_failed_before_the_last_is_told(host, capsys):
    # Its node runs on while Argo waits for the next attempt.
    host.states = [("RUNNING", {TASK: "RUNNING"}), ("SUCCEEDED", {TASK: "SUCCEEDED"})]
    host.pods[TASK] = ended(1, "Error")
    wait(run=RUN, host=host.url)
    told = capsys.readouterr().err.splitlines()
    assert told[1] == f"{TASK}: a pod failed, another follows: exit code 1"


def test_a_pod_that_starts_waits_for_nothing(host, capsys):
    host.states = [("RUNNING", {TASK: "RUNNING"}), ("SUCCEEDED", {TASK: "SUCCEEDED"})]
    host.pods[TASK] = waiting("ContainerCreating", "")
    wait(run=RUN, host=host.url)
    assert "waits" not in capsys.readouterr().err


def test_a_host_that_is_away_for_a_moment_is_asked_again(host, capsys):
    away = [(503, "no healthy upstream"), (502, "bad gateway")]
    host.states = [*away, ("RUNNING", {TASK: "RUNNING"}), *away, ("SUCCEEDED", {TASK: "SUCCEEDED"})]
    wait(run=RUN, host=host.url)
    told = capsys.readouterr().err.splitlines()
    again = f"{host.url}: refused (503): no healthy upstream; trying again"
    assert told[:4] == [again, f"{TASK}: running", again, f"{TASK}: succeeded"]


def test_a_host_that_stays_away_is_given_up_in_one_line(host, monkeypatch):
    monkeypatch.setattr(watching, "SECONDS_OF_PATIENCE", 0.05)
    host.states = [(503, "no healthy upstream")]
    with pytest.raises(InputError) as given_up:
        wait(run=RUN, host=host.url)
    assert str(given_up.value) == (
        f"{host.url}: refused (503): no healthy upstream;"
        f" the run goes on: python -m pipelines wait --run {RUN} --host {host.url}"
    )


@pytest.mark.parametrize(
    ("refusal", "line"),
    [
        ((401, {"code": 16, "message": "expired"}), "the token is missing, wrong or expired"),
        ((200, LOGIN_PAGE), "answered with a web page, maybe to log in"),
    ],
)
def test_a_token_that_expires_meanwhile_is_named_at_once(host, refusal, line):
    host.states = [("RUNNING", {TASK: "RUNNING"}), refusal]
    with pytest.raises(InputError, match=f"{line}.*the run goes on: python -m pipelines wait"):
        wait(run=RUN, host=host.url)


def test_an_interruption_leaves_the_run_going_and_says_so(host, tmp_path):
    host.states = [("RUNNING", {TASK: "RUNNING"})]
    watcher = start_forked(wait, "--run", RUN, "--host", host.url, folder=tmp_path)
    while f"{TASK}: running" not in (tmp_path / "stderr").read_text():
        time.sleep(0.05)
    os.kill(watcher.pid, signal.SIGINT)
    done = ended_process(watcher, check=False)
    assert done.returncode == 130
    assert done.stderr.splitlines()[-2:] == [
        f"the run goes on: python -m pipelines wait --run {RUN} --host {host.url}",
        "interrupted",
    ]
    assert not any("terminate" in path for path, _ in host.asked)


def test_the_exit_code_says_how_the_run_ended(host, tmp_path):
    for state, code in (("SUCCEEDED", 0), ("FAILED", 1)):
        host.states = [(state, {TASK: state})]
        flags = ("--run", RUN, "--host", host.url)
        watcher = start_forked(wait, *flags, folder=tmp_path / state)
        done = ended_process(watcher, check=False)
        assert done.returncode == code
    assert done.stderr.splitlines()[-1].startswith(f"error: {RUN}: failed: {TASK}")
