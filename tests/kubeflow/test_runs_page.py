"""The statements and commands of docs/runs.md are true."""

import inspect
import re
import shlex
import subprocess
import sys

import pytest

from components.runtime.errors import InputError
from pipelines.kubeflow import watching
from pipelines.kubeflow.commands import logs, status, wait
from pipelines.kubeflow.compilation import check_characters
from pipelines.kubeflow.host import connect, read_run
from pipelines.kubeflow.pipeline import DAY, LIFETIME
from pipelines.kubeflow.placement import SECRET, VARIABLES
from pipelines.kubeflow.submission import submit
from tests.conftest import ROOT
from tests.kubeflow.conftest import made_up, real, real_pods
from tests.kubeflow.kfp_server import LOGIN_PAGE, RUN

PAGE = (ROOT / "docs" / "runs.md").read_text()
COMMANDS = {"submit": submit, "status": status, "logs": logs, "wait": wait}
TRAINING = "training@gpt2-neuro"


def rows(heading):
    """The rows of a section's table: their cells."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"]
    return lines[2:]


def words(cell):
    """What a cell quotes."""
    return re.findall(r"`([^`]+)`", cell)


def refusal(function, *arguments, **flags):
    """The line that a function refuses with."""
    with pytest.raises((InputError, SystemExit)) as refused:
        function(*arguments, **flags)
    return str(refused.value)


class Faults:
    """Each fault of the page's table, made by a real answer or a fake; a method gives what is said.

    Args:
        host: Of Kubeflow and Kubernetes.
        record: Of the run in the store.
        said: What was printed until now.
    """

    def __init__(self, host, record, said):
        self.host, self.record, self.said = host, record, said
        record.tasks()

    def status(self, state="RUNNING", pods=()):
        self.host.states, self.host.pods = [state], list(pods)
        status(run=RUN, host=self.host.url, store=self.record.store)
        return self.said()

    def failure(self, state="FAILED", pods=()):
        self.host.states, self.host.pods = [state], list(pods)
        return refusal(wait, run=RUN, host=self.host.url, store=self.record.store)

    def no_host_another_server_a_page_to_log_in(self):
        self.host.states = [(200, LOGIN_PAGE)]
        return (
            refusal(connect, "127.0.0.1:9", None)
            + refusal(connect, f"{self.host.url}/elsewhere", None)
            + refusal(read_run, connect(self.host.url, None), RUN)
        )

    def no_wrong_or_expired_token(self):
        self.host.token = "another"
        return refusal(connect, self.host.url, None)

    def unknown_namespace_or_no_right_there(self):
        self.host.states = [(403, {"code": 7, "message": "not authorized in namespace"})]
        return refusal(read_run, connect(self.host.url, "other"), RUN)

    def several_users_no_namespace(self):
        self.host.namespaces = ["team"]
        return refusal(
            submit, host=self.host.url, models_image="m", analysis_image="a", store="s3://bucket/x"
        )

    def the_host_is_away_for_long(self):
        self.host.states = ["RUNNING", (503, "no healthy upstream")]
        line = refusal(wait, run=RUN, host=self.host.url, store=self.record.store)
        return self.said() + line

    def no_keys_for_the_store_here_or_it_is_away(self):
        self.record.store = "s3://no-such-bucket/store"
        return self.status()

    def an_emoji_in_a_name_or_a_parameter(self):
        return refusal(check_characters, "\N{BRAIN}", where="--name")

    def a_bad_study(self):
        self.record.state("check-study", "failed", error="params.yaml: seed: missing")
        return self.failure()

    def an_image_is_missing(self):
        return self.status(pods=[real_pods()["ImagePullBackOff"]])

    def no_node_fits(self):
        return self.status(pods=[real_pods()["Unschedulable"]])

    def kueue_s_queue_is_full(self):
        gated = {"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}
        return self.status(pods=[made_up("Pending", conditions=[gated | {"message": "gates"}])])

    def a_secret_of_the_installation_is_missing(self):
        waits = {"reason": "CreateContainerConfigError", "message": "secret not found"}
        return self.status(pods=[made_up("Pending", state={"waiting": waits})])

    def too_little_memory(self):
        return self.failure(pods=[real_pods()["OOMKilled"]])

    def too_little_disk(self):
        return self.failure(pods=[real_pods()["Evicted"]])

    def too_little_time(self):
        return self.failure(pods=[made_up("Failed", reason="DeadlineExceeded")])

    def a_stage_fails(self):
        self.record.state(TRAINING, "failed", error="not found: tokens")
        return self.failure()

    def a_pod_is_gone(self):
        self.record.state(TRAINING, "running", ago=300)
        return self.status()

    def a_pod_was_killed_and_is_gone_when_the_run_has_ended(self):
        self.record.state(TRAINING, "running", ago=30)
        return self.failure()

    def somebody_ended_the_run(self):
        return self.failure(real("run-terminated") | {"run_id": RUN})

    def pods_cannot_start_or_write_by_rights_or_a_wrong_secret(self):
        return self.failure(real("run-failed") | {"run_id": RUN})

    def kubernetes_may_not_be_asked(self):
        self.host.states, self.host.pods = ["RUNNING"], (403, {"message": "pods is forbidden"})
        status(run=RUN, host=self.host.url, store=self.record.store)
        return self.said()


@pytest.mark.parametrize("row", rows("What each fault looks like"), ids=lambda row: row[0])
def test_each_fault_looks_as_its_table_says(row, cluster, record, here, capsys, monkeypatch):
    monkeypatch.setattr(watching, "PATIENCE_SECONDS", 0.05)
    faults = Faults(cluster, record, lambda: "".join(capsys.readouterr()))
    made = getattr(faults, re.sub(r"[^a-z]+", "_", row[0].lower()).strip("_"))()
    assert words(row[1])
    for fragment in words(row[1]):
        assert fragment in made


@pytest.mark.slow
def test_its_python_makes_a_recurring_run(host, compiled, specifications, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", host.url)
    monkeypatch.chdir(compiled.parent)
    exec(compile(code, "docs/runs.md", "exec"), {})
    (body,) = host.recurring
    assert body["trigger"]["cron_schedule"]["cron"] == "0 0 3 * * 0"
    assert body["experiment_id"] == "id-of-matching-experts"
    specification, _ = specifications
    parameters = specification["root"]["inputDefinitions"]["parameters"]
    assert body["runtime_config"]["parameters"].keys() <= parameters.keys()
    assert body["pipeline_spec"]["pipeline_spec"]["root"]["dag"]["tasks"].keys() == (
        specification["root"]["dag"]["tasks"].keys()
    )


@pytest.mark.slow
def test_its_python_makes_a_bucket(store, s3):
    (code,) = re.findall(r'python -c "(import boto3.*)"', PAGE)
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (s3[1] / "my-bucket").is_dir()


def test_its_commands_have_the_flags_that_it_gives_them():
    lines = re.findall(r"^    python -m pipelines (.*?)(?:  #.*)?$", PAGE, re.MULTILINE)
    assert {line.split()[0] for line in lines} == COMMANDS.keys()
    for line in lines:
        name, *given = shlex.split(line)
        flags = {word.removeprefix("--") for word in given if word.startswith("--")}
        known = inspect.signature(COMMANDS[name]).parameters
        assert {flag.replace("-", "_") for flag in flags} <= known.keys()
        needed = {key for key, each in known.items() if each.default is inspect.Parameter.empty}
        assert needed <= {flag.replace("-", "_") for flag in flags}


def test_its_table_of_keys_is_what_a_pod_takes():
    assert [key for row in rows("The store") for key in words(row[0])] == list(VARIABLES)
    assert f"Secret `{SECRET}`" in PAGE


def test_each_answer_to_a_pain_is_shown_by_a_test_that_is_there():
    for pain, _, tests in rows("Known pains of Kubeflow"):
        assert words(tests), pain
        for file, name in (each.split("::") for each in words(tests)):
            assert f"\ndef {name}(" in (ROOT / file).read_text()


def test_its_times_are_those_of_the_pipeline(specifications):
    for task in specifications[0]["root"]["dag"]["tasks"].values():
        policy = task["retryPolicy"]
        assert (policy["maxRetryCount"], policy["backoffDuration"]) == (10, "30s")
    assert "another pod after 30 seconds, ten times at most" in PAGE
    assert LIFETIME.active_deadline_seconds == 90 * DAY
    assert LIFETIME.ttl_seconds_after_success == DAY
    assert LIFETIME.ttl_seconds_after_failure == 7 * DAY
    assert (
        "A run ends after 90 days. Argo's record of it and its pods are removed a day after" in PAGE
    )
