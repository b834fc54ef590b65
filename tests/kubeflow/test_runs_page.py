"""The statements and commands of docs/runs.md are true."""

import ast
import re
import subprocess
import sys

import pytest

from pipelines.kubeflow.pipeline import DAY, LIFETIME
from pipelines.kubeflow.placement import PAUSE, RETRIES, SECRET, VARIABLES
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "runs.md").read_text()


def rows(heading):
    """The rows of a section's table: their cells."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:1] == "|"]
    return lines[2:]


def words(cell):
    """What a cell quotes."""
    return re.findall(r"`([^`]+)`", cell)


def test_each_fault_looks_as_the_tests_of_this_folder_expect():
    expected = [
        node.value
        for file in (ROOT / "tests" / "kubeflow").glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    for fault, said, _ in rows("What each fault looks like"):
        assert words(said), fault
        for fragment in words(said):
            assert any(fragment in each for each in expected), f"{fault}: {fragment}"


@pytest.mark.slow
def test_its_python_makes_a_recurring_run(host, compiled, specifications, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", host.url)
    monkeypatch.chdir(compiled.parent)
    exec(compile(code, "docs/runs.md", "exec"), {})
    (body,) = host.recurring
    assert body["trigger"]["cron_schedule"]["cron"] == "0 0 3 * * 0"
    assert body["experiment_id"] == "id-of-matching-experts"
    root = specifications[0]["root"]
    parameters = root["inputDefinitions"]["parameters"]
    assert body["runtime_config"]["parameters"].keys() <= parameters.keys()
    tasks = body["pipeline_spec"]["pipeline_spec"]["root"]["dag"]["tasks"]
    assert tasks.keys() == root["dag"]["tasks"].keys()


@pytest.mark.slow
def test_its_python_makes_a_bucket(store, s3):
    (code,) = re.findall(r'python -c "(import boto3.*)"', PAGE)
    subprocess.run([sys.executable, "-c", code], check=True)
    assert (s3[1] / "my-bucket").is_dir()


def test_its_table_of_keys_is_what_a_pod_takes():
    assert [key for row in rows("The store") for key in words(row[0])] == list(VARIABLES)
    assert f"Secret `{SECRET}`" in PAGE


def test_each_answer_to_a_pain_is_shown_by_a_test_that_is_there():
    for pain, _, tests in rows("Known pains of Kubeflow"):
        assert words(tests), pain
        for file, name in (each.split("::") for each in words(tests)):
            assert f"\ndef {name}(" in (ROOT / file).read_text()


def test_its_times_are_those_of_the_pipeline():
    assert (RETRIES, PAUSE) == (10, "30s")
    assert "another pod after 30 seconds, ten times at most" in PAGE
    assert LIFETIME.active_deadline_seconds == 90 * DAY
    assert LIFETIME.ttl_seconds_after_success == DAY
    assert LIFETIME.ttl_seconds_after_failure == 7 * DAY
    assert (
        "A run ends after 90 days. Argo's record of it and its pods are removed a day after" in PAGE
    )
