"""The state and the logs of runs, over HTTP."""

import pytest

from components.errors import InputError
from pipelines.runs.commands import logs, status
from tests.pipelines.runs.kfp_server import RUN, pod_name


def test_the_tasks_that_have_begun_are_listed_in_their_order(host, capsys):
    host.states = [
        (
            "RUNNING",
            {
                "tokenizer-domain": "SUCCEEDED",
                "initialize-gpt2": "SUCCEEDED",
                "train-gpt2-neuro": ("FAILED", "RUNNING"),
                "tag-terms": "driver running",
                "score-gpt2-neuro": "OMITTED",
            },
        )
    ]
    status(run=RUN, host=host.url)
    assert capsys.readouterr().out.splitlines() == [
        "tokenizer-domain  succeeded",
        "initialize-gpt2   succeeded",
        "train-gpt2-neuro  running",
        "tag-terms         starting",
        "run: running",
        f"page: {host.url}/#/runs/details/{RUN}",
    ]


def test_a_task_whose_pod_could_not_be_made_has_failed(host, capsys):
    host.states = [("FAILED", {"tag-terms": "driver failed"})]
    status(run=RUN, host=host.url)
    assert "tag-terms  failed" in capsys.readouterr().out


def test_a_run_that_has_not_begun_has_no_tasks(host, capsys):
    host.states = [("PENDING", {})]
    status(run=RUN, host=host.url)
    assert capsys.readouterr().out.splitlines()[0] == "run: pending"


def test_the_log_of_a_task_is_its_newest_pods(host, capsys):
    host.states = [("RUNNING", {"train-gpt2-neuro": ("FAILED", "RUNNING")})]
    host.log["train-gpt2-neuro"] = "update 1\nupdate 2\n"
    logs(run=RUN, task="train-gpt2-neuro", host=host.url)
    assert capsys.readouterr().out == "update 1\nupdate 2\n"
    asked = dict(host.asked)["/k8s/pod/logs"]
    assert asked["podname"] == pod_name("train-gpt2-neuro", 1)
    assert asked["runid"] == RUN
    assert asked["createdat"] == "2026-03-01"  # by which archives are ordered


def test_a_task_that_there_is_not_is_named(host):
    host.states = [("RUNNING", {"train-gpt2-neuro": "RUNNING"})]
    with pytest.raises(InputError, match="found 'other', expected one of train-gpt2-neuro"):
        logs(run=RUN, task="other", host=host.url)


def test_a_host_without_pages_has_logs_too(host, capsys):
    host.states = [("RUNNING", {"train-gpt2-neuro": "RUNNING"})]
    host.log["train-gpt2-neuro"] = "update 1"
    host.has_pages = False
    logs(run=RUN, task="train-gpt2-neuro", host=host.url)
    assert capsys.readouterr().out == "update 1\n"


def test_pods_of_several_users_are_in_their_experiments_namespace(host, capsys):
    host.namespaces = ["team"]
    host.experiments["mine"] = {
        "experiment_id": "e7",
        "display_name": "mine",
        "namespace": "team",
    }
    host.states = [("RUNNING", {"tag-terms": "RUNNING"})]
    host.log["tag-terms"] = "searching"
    logs(run=RUN, task="tag-terms", host=host.url)
    assert capsys.readouterr().out == "searching\n"
    assert dict(host.asked)["/k8s/pod/logs"]["podnamespace"] == "team"


def test_a_log_that_is_gone_is_said_to_be_and_how_to_look_by_hand(host, capsys):
    host.states = [("FAILED", {"train-gpt2-neuro": ("FAILED",)})]
    logs(run=RUN, task="train-gpt2-neuro", host=host.url)
    (line,) = capsys.readouterr().out.splitlines()
    assert line == (
        "train-gpt2-neuro: its log is not to be had (500): kubectl logs -c main"
        f" -l pipeline/runid={RUN},matching-experts/task=train-gpt2-neuro -n kubeflow"
    )


def test_a_task_without_a_pod_has_no_log(host, capsys):
    host.states = [("RUNNING", {"tag-terms": "driver running"})]
    logs(run=RUN, task="tag-terms", host=host.url)
    assert capsys.readouterr().out == "tag-terms: no pod, so no log: starting\n"
