"""The connection to a host, whose faults are one line each."""

import socket

import pytest

from components.runtime.errors import InputError
from pipelines.kubeflow import host as hosts
from pipelines.kubeflow.host import connect, read_run
from tests.kubeflow.conftest import real, real_run
from tests.kubeflow.kfp_server import LOGIN_PAGE, RUN

WEB_PAGE = "answered with a web page, maybe to log in, no Kubeflow: set KFP_TOKEN"


def found(url):
    """The run as a host reports it."""
    return read_run(connect(url, None), RUN)


def refusal(url):
    """The line that a run is refused with."""
    with pytest.raises(InputError) as refused:
        found(url)
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("127.0.0.1:9", ["http://127.0.0.1:9: not reached (", "): check --host"]),
        ("host.invalid:9", ["http://host.invalid:9: not reached (", "): check --host"]),
        ("https{host}", ["not reached (", "SSL", "): check SSL_CERT_FILE"]),
        ("http{host}/elsewhere", ["found no Kubeflow Pipelines: check --host"]),
        (None, ["no host: give --host or set KF_PIPELINES_ENDPOINT"]),
    ],
)
def test_a_host_that_is_missing_or_not_reached_is_one_line(host, url, words):
    line = refusal(url and url.format(host=host.url.removeprefix("http")))
    assert [each for each in words if each not in line] == []


@pytest.mark.parametrize(
    ("code", "content", "line"),
    [
        (200, LOGIN_PAGE, WEB_PAGE),
        (302, LOGIN_PAGE, WEB_PAGE),
        (401, {"code": 16, "message": "expired"}, "the token is missing, wrong or expired: set"),
        (
            403,
            {"code": 7, "message": "no\nright"},
            "not allowed: check KFP_TOKEN and --namespace (no right)",
        ),
        (400, {"code": 3, "message": "no"}, "refused (400): no"),
        (503, "upstream connect error", "refused (503): upstream connect error"),
    ],
)
def test_each_refusal_is_one_line(host, code, content, line):
    host.states = [(code, content)]
    assert refusal(host.url).startswith(f"{host.url}: {line}")


def test_the_url_of_a_page_is_accepted_and_pages_may_have_their_own(host, monkeypatch):
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", f"{host.url}/#/runs")
    assert connect(None, None).page(RUN) == f"{host.url}/#/runs/details/{RUN}"
    monkeypatch.setenv("KF_PIPELINES_UI_ENDPOINT", "https://pipelines.example.org/")
    page = connect(None, None).page(RUN)
    assert page == f"https://pipelines.example.org/#/runs/details/{RUN}"


@pytest.mark.parametrize("has_pages", [True, False])
def test_a_host_for_several_users_needs_a_namespace(host, monkeypatch, tmp_path, has_pages):
    host.has_pages = has_pages
    assert connect(host.url, None).namespace is None
    host.namespaces = ["team"]
    assert connect(host.url, "team").namespace == "team"
    with pytest.raises(InputError, match="serves several users: give --namespace"):
        connect(host.url, None)
    monkeypatch.setattr(hosts, "OWN_NAMESPACE", tmp_path / "namespace")
    (tmp_path / "namespace").write_text("team\n")
    assert connect(host.url, None).namespace == "team"


def test_a_token_is_sent_to_the_host_and_never_shown(host, monkeypatch, capsys):
    host.token = "a-secret"
    assert "the token is missing, wrong or expired: set KFP_TOKEN" in refusal(host.url)
    monkeypatch.setenv("KFP_TOKEN", "a-secret\n")
    found(host.url)
    assert "a-secret" not in "".join(capsys.readouterr())


@pytest.mark.parametrize("token", ["a-secret\nof-two-lines", "Bearer a-secret", "a-secr\u00e9t"])
def test_what_is_no_token_is_refused_and_never_shown(host, monkeypatch, tmp_path, token):
    monkeypatch.setenv("KFP_TOKEN", token)
    line = f"KFP_TOKEN: found {len(token)} characters that are no token"
    assert refusal(host.url).startswith(line)
    monkeypatch.delenv("KFP_TOKEN")
    file = tmp_path / "token"
    file.write_text(token)
    monkeypatch.setenv("KF_PIPELINES_SA_TOKEN_PATH", str(file))
    assert refusal(host.url).startswith(f"{file}: found {len(token)} characters that are no token")


def test_a_service_accounts_token_is_read_anew_for_each_request(host, monkeypatch, tmp_path):
    token = tmp_path / "token"
    monkeypatch.setenv("KF_PIPELINES_SA_TOKEN_PATH", str(token))
    host.token = "first"
    token.write_text("first")
    at = connect(host.url, None)
    read_run(at, RUN)
    host.token = "second"
    token.write_text("second")
    read_run(at, RUN)


@pytest.mark.parametrize(
    ("name", "state", "was_terminated"),
    [
        ("run-succeeded", "SUCCEEDED", False),
        ("run-failed", "FAILED", False),
        ("run-terminated", "FAILED", True),
    ],
)
def test_a_real_run_has_its_state_and_whether_a_user_ended_it(host, name, state, was_terminated):
    assert host.run(state).keys() == real(name).keys()  # the tests' host answers as a real one
    host.states = [real_run(name)]
    run = found(host.url)
    assert (run.state, run.was_terminated) == (state, was_terminated)
    assert run.has_ended
    assert run.store == "s3://matching-experts/store"


def test_the_store_of_a_run_that_was_given_none_is_its_pipelines(host):
    assert found(host.url).store is None
    parameters = {"store": {"parameterType": "STRING", "defaultValue": "s3://bucket/own"}}
    pipeline = {"pipeline_spec": {"root": {"inputDefinitions": {"parameters": parameters}}}}
    host.states = [host.run("RUNNING") | {"pipeline_spec": pipeline}]
    assert found(host.url).store == "s3://bucket/own"


def test_a_run_that_was_retried_after_its_end_is_no_longer_terminated(host, shown, record):
    record.tasks()
    terminated = real_run("run-terminated")
    host.states = [terminated]
    assert shown(host=host.url)[0].startswith(f"{RUN}: failed (terminated on its page), 0 of 6")
    states = [*terminated["state_history"], {"state": "RUNNING"}, {"state": "FAILED"}]
    host.states = [terminated | {"state_history": states}]
    assert shown(host=host.url)[0].startswith(f"{RUN}: failed, 0 of 6 tasks done")


def test_a_host_that_accepts_connections_and_never_answers_is_given_up(monkeypatch):
    monkeypatch.setattr(hosts, "TIMEOUT", tuple(each / 50 for each in hosts.TIMEOUT))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        line = refusal(f"127.0.0.1:{silent.getsockname()[1]}")
    assert "not reached (" in line
    assert "timed out" in line


@pytest.mark.parametrize(
    ("history", "was_terminated"),
    [
        ("RUNNING CANCELING", True),
        ("RUNNING CANCELING RUNNING FAILED", True),  # a report of Argo's that came late
        ("RUNNING CANCELING FAILED -", False),  # after Retry, before Argo has begun
        ("RUNNING CANCELING FAILED RUNNING CANCELING FAILED", True),
        ("", False),
    ],
)
def test_a_run_counts_as_terminated_from_then_until_it_is_retried(host, history, was_terminated):
    states = [None if each == "-" else each for each in history.split()]
    told = {"state_history": [{"state": each} for each in states]}
    host.states = [host.run(states[-1] if states else None) | told]
    assert found(host.url).was_terminated == was_terminated


def test_a_run_that_has_no_state_yet_is_pending(host, record, shown):
    host.states = [host.run(None)]
    record.tasks()
    assert shown(host=host.url)[0].startswith(f"{RUN}: pending, 0 of 6 tasks done")
