"""What docs/runs.md says to type does what it says."""

import inspect
import re
import shlex

import yaml

from pipelines.compilation import COMPILED
from pipelines.runs.commands import logs, status, wait
from pipelines.runs.submission import submit
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "runs.md").read_text()
COMMANDS = {"submit": submit, "status": status, "logs": logs, "wait": wait}


def test_its_python_makes_a_recurring_run(host, here, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", host.url)
    exec(compile(code, "docs/runs.md", "exec"), {})
    (body,) = host.recurring
    assert body["trigger"]["cron_schedule"]["cron"] == "0 0 3 * * 0"
    assert body["experiment_id"] == "id-of-matching-experts"
    specification, _ = yaml.safe_load_all((ROOT / COMPILED).read_text())
    parameters = specification["root"]["inputDefinitions"]["parameters"]
    assert body["runtime_config"]["parameters"].keys() <= parameters.keys()
    assert body["pipeline_spec"]["pipeline_spec"]["root"]["dag"]["tasks"].keys() == (
        specification["root"]["dag"]["tasks"].keys()
    )


def test_its_commands_have_the_flags_that_it_gives_them():
    lines = re.findall(r"^    python -m pipelines (.*?)(?:  #.*)?$", PAGE, re.MULTILINE)
    assert {line.split()[0] for line in lines} == COMMANDS.keys()
    for line in lines:
        name, *words = shlex.split(line)
        flags = {word.removeprefix("--") for word in words if word.startswith("--")}
        known = inspect.signature(COMMANDS[name]).parameters
        assert {flag.replace("-", "_") for flag in flags} <= known.keys()
        needed = {key for key, each in known.items() if each.default is inspect.Parameter.empty}
        assert needed <= {flag.replace("-", "_") for flag in flags}


def test_the_pauses_that_it_tells_are_those_of_the_pipeline():
    specification, _ = yaml.safe_load_all((ROOT / COMPILED).read_text())
    policy = next(iter(specification["root"]["dag"]["tasks"].values()))["retryPolicy"]
    assert policy["maxRetryCount"] == 4
    assert policy["backoffDuration"] == "15s"
    assert "four times at most, after pauses of 15 seconds\n  to 2 minutes" in PAGE
