"""Runs on a Kubeflow Pipelines host, over HTTP."""

import pytest

from components.errors import InputError
from pipelines import runs
from pipelines.runs import logs, status, submit, wait
from tests.conftest import ROOT
from tests.pipelines.kfp_server import RUN, running_host

IMAGES = {"models_image": "registry/models:1", "analysis_image": "registry/analysis:1"}


@pytest.fixture
def host(monkeypatch):
    monkeypatch.setattr(runs, "SECONDS_BETWEEN_LOOKS", 0.01)
    for name in ("KFP_TOKEN", "KF_PIPELINES_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    with running_host() as running:
        yield running


@pytest.fixture
def here(monkeypatch):
    monkeypatch.chdir(ROOT)


def test_a_study_is_submitted_with_its_texts_and_images(host, here, capsys):
    submit(host=host.url, **IMAGES, gpus=0, tolerations='[{"key": "gpu"}]', name="mine")
    (body,) = host.submitted
    given = body["runtime_config"]["parameters"]
    assert given["models_image"] == "registry/models:1"
    assert given["gpus"] == "0"
    assert given["tolerations"] == [{"key": "gpu"}]
    assert body["display_name"] == "mine"
    assert body["experiment_id"] == "id-of-matching-experts"
    root = body["pipeline_spec"]["pipeline_spec"]["root"]
    default = root["inputDefinitions"]["parameters"]["params"]["defaultValue"]
    assert default == (ROOT / "params.yaml").read_text()
    printed = capsys.readouterr().out
    assert f"run: {RUN}" in printed
    assert f"{host.url}/#/runs/details/{RUN}" in printed


def test_a_run_is_named_by_its_parameters_and_revision(host, here):
    submit(host=host.url, **IMAGES)
    name, revision = host.submitted[0]["display_name"].split(" ", 1)
    assert name == "params"
    assert revision


def test_a_token_is_sent_and_never_shown(host, here, monkeypatch, capsys):
    host.token = "a-secret"
    with pytest.raises(InputError, match="set KFP_TOKEN"):
        submit(host=host.url, **IMAGES)
    monkeypatch.setenv("KFP_TOKEN", "wrong")
    with pytest.raises(InputError, match="token is missing, wrong or expired"):
        status(run=RUN, host=host.url)
    monkeypatch.setenv("KFP_TOKEN", "a-secret")
    submit(host=host.url, **IMAGES)
    status(run=RUN, host=host.url)
    captured = capsys.readouterr()
    assert "a-secret" not in captured.out + captured.err
    assert "a-secret" not in str(host.submitted)


def test_a_namespace_that_there_is_not_is_named(host, here):
    host.namespaces = ["team"]
    with pytest.raises(InputError, match="not allowed: check KFP_TOKEN and --namespace"):
        submit(host=host.url, namespace="other", **IMAGES)
    submit(host=host.url, namespace="team", **IMAGES)


@pytest.mark.parametrize("flag", ["node_selector", "tolerations"])
def test_what_is_no_json_is_named(host, here, flag):
    with pytest.raises(InputError, match=f"--{flag}".replace("_", "-")):
        submit(host=host.url, **IMAGES, **{flag: "gpu=yes"})


def test_a_host_that_is_not_reached_is_named(here):
    with pytest.raises(InputError, match=r"http://127.0.0.1:9: not reached"):
        status(run=RUN, host="127.0.0.1:9")


def test_without_a_host_there_is_one_line(host):
    with pytest.raises(InputError, match="give --host or set KF_PIPELINES_ENDPOINT"):
        status(run=RUN)


def test_an_unknown_run_is_named(host):
    with pytest.raises(InputError, match="no such run"):
        status(run="other", host=host.url)


def test_waiting_tells_each_change_once_and_ends_well(host, capsys):
    host.states = [
        ("RUNNING", {"tokenizer domain": ("RUNNING",)}),
        ("RUNNING", {"tokenizer domain": ("RUNNING",)}),
        ("RUNNING", {"tokenizer domain": ("SUCCEEDED",), "train gpt2-neuro": ("RUNNING",)}),
        ("SUCCEEDED", {"tokenizer domain": ("SUCCEEDED",), "train gpt2-neuro": ("SUCCEEDED",)}),
    ]
    wait(run=RUN, host=host.url)
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        "tokenizer domain: running",
        "tokenizer domain: succeeded",
        "train gpt2-neuro: running",
        "train gpt2-neuro: succeeded",
    ]
    assert "succeeded" in captured.out


def test_a_failed_run_names_the_task_and_shows_the_end_of_its_log(host, capsys):
    host.states = [("FAILED", {"train gpt2-neuro": ("FAILED", "OOMKilled")})]
    host.log["pod-of-train-gpt2-neuro"] = "\n".join(f"line {n}" for n in range(100))
    with pytest.raises(SystemExit) as ended:
        wait(run=RUN, host=host.url)
    assert ended.value.code.startswith(f"error: {RUN}: failed: train gpt2-neuro")
    printed = capsys.readouterr().err
    assert "train gpt2-neuro: failed: OOMKilled" in printed
    assert "line 99" in printed
    assert "line 79\n" not in printed


def test_the_log_of_a_task_is_shown(host, capsys):
    host.states = [("RUNNING", {"train gpt2-neuro": ("RUNNING",)})]
    host.log["pod-of-train-gpt2-neuro"] = "update 1"
    logs(run=RUN, task="train gpt2-neuro", host=host.url)
    assert capsys.readouterr().out == "update 1\n"
    with pytest.raises(InputError, match="expected one of train gpt2-neuro"):
        logs(run=RUN, task="other", host=host.url)


def test_a_log_that_is_gone_is_said_to_be(host, capsys):
    host.states = [("FAILED", {"train gpt2-neuro": ("FAILED",)})]
    logs(run=RUN, task="train gpt2-neuro", host=host.url)
    assert "its log is not to be had (404)" in capsys.readouterr().out
