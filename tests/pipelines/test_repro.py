import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from pipelines.dvc.repro import _stages_to_come
from tests.conftest import ROOT
from tests.small_study import STAGES, add_stage, dvc

pytestmark = pytest.mark.slow

PROGRAM = """\
from components.runtime.command_line import run
from pipelines.dvc.repro import repro
run(repro)
"""
# Each waits until the other runs.
MEETING = """\
import pathlib, time
pathlib.Path("{mine}").touch()
while not pathlib.Path("{other}").exists():
    time.sleep(.05)
pathlib.Path("artifacts").mkdir(exist_ok=True)
pathlib.Path("artifacts/{mine}").touch()
"""
LONG = f"""\
import pathlib, sys, time
sys.path.insert(0, {str(ROOT)!r})
del sys.modules["components"]
from components.runtime.command_line import run

def long():
    pathlib.Path("running").touch()
    try:
        time.sleep(60)
    finally:
        pathlib.Path("stopped").touch()

run(long)
"""


def start(root, *flags):
    """Runs the stages of a checkout, whose own components the stages import."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.Popen(
        [sys.executable, "-P", "-c", PROGRAM, *flags],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def lock(root):
    return YAML(typ="safe").load((root / "dvc.lock").read_text())


def test_what_runs_at_the_same_time_ends_as_with_dvc(study):
    process = start(study, "--jobs", "3")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    for stage in STAGES:
        name = stage.partition("@")[0]
        assert f"{stage}: running {name}\n" in out
        assert f"{stage}: done in " in out
    mine = lock(study)
    dvc(study, "repro", "--force", "--no-run-cache")
    assert lock(study) == mine
    out, err = start(study).communicate(timeout=120)
    assert sorted(line for line in out.splitlines() if "unchanged" in line) == sorted(
        f"{stage}: unchanged" for stage in STAGES
    ), out + err


def test_stages_that_do_not_need_each_other_run_at_the_same_time(study):
    for mine, other in (("one", "two"), ("two", "one")):
        code = MEETING.format(mine=mine, other=other)
        add_stage(study, mine, code, outs=[f"artifacts/{mine}"])
    process = start(study, "--jobs", "2")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err


def test_after_a_failure_nothing_starts(study):
    add_stage(study, "bad", "import sys\nsys.exit('error: no good')", outs=["artifacts/bad"])
    process = start(study, "--jobs", "1")
    out, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "bad: error: no good\n" in out
    assert err.strip() == "error: failed: bad; the stage's own lines above say why"
    assert "alphabet" in lock(study)["stages"]
    assert "report" not in lock(study)["stages"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_stop_stops_the_stages_too(study, number):
    add_stage(study, "long", LONG, outs=["artifacts/long"])
    process = start(study, "--jobs", "1")
    deadline = time.monotonic() + 60
    while not (study / "running").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    process.wait(60)
    while not (study / "stopped").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert (study / "stopped").exists()
    assert number == signal.SIGKILL or process.returncode == 130


def test_no_jobs_are_refused(study):
    _, err = start(study, "--jobs", "0").communicate(timeout=60)
    assert err == "error: --jobs: found 0, expected 1 or more\n"


def test_what_most_stages_wait_for_goes_first():
    before = {"a": [], "b": ["a"], "c": ["b"], "d": ["c", "x"], "x": []}
    assert _stages_to_come(before) == {"a": 3, "b": 2, "c": 1, "d": 0, "x": 1}
