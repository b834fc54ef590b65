import os
import signal
import subprocess
import sys
import time
from contextlib import chdir
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from components.runtime.errors import InputError
from pipelines.dvc.repro import _stages_to_come, repro
from tests.conftest import ROOT
from tests.small_study import STAGES, add_stage, dvc, ended, start_forked

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
    """Starts to run the stages of a checkout, whose own components the stages import."""
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


def finish(root, *flags):
    """Does the same in a copy of this process, which begins sooner; returns it when it ended."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with chdir(root):
        process = start_forked(
            repro, *flags, folder=root.parent / "output", env={"PATH": path}, daemon=False
        )
    return ended(process, check=False, seconds=120)


@pytest.fixture
def empty(study):
    """The study without its stages."""
    (study / "dvc.yaml").write_text("stages:\n")
    return study


def lock(root):
    return YAML(typ="safe").load((root / "dvc.lock").read_text())


def test_what_runs_at_the_same_time_ends_as_with_dvc(study):
    done = finish(study, "--jobs", "3")
    assert done.returncode == 0, done.stdout + done.stderr
    for stage in STAGES:
        name = stage.partition("@")[0]
        assert f"{stage}: running {name}\n" in done.stdout
        assert f"{stage}: done in " in done.stdout
    mine = lock(study)
    dvc(study, "repro", "--force", "--no-run-cache")
    assert lock(study) == mine
    lines = finish(study).stdout.splitlines()
    assert sorted(line for line in lines if "unchanged" in line) == sorted(
        f"{stage}: unchanged" for stage in STAGES
    ), lines


def test_stages_that_do_not_need_each_other_run_at_the_same_time(empty):
    for mine, other in (("one", "two"), ("two", "one")):
        code = MEETING.format(mine=mine, other=other)
        add_stage(empty, mine, code, outs=[f"artifacts/{mine}"])
    done = finish(empty, "--jobs", "2")
    assert done.returncode == 0, done.stdout + done.stderr


def test_after_a_failure_nothing_starts(study):
    add_stage(study, "bad", "import sys\nsys.exit('error: no good')", outs=["artifacts/bad"])
    done = finish(study, "--jobs", "1")
    assert done.returncode == 1
    assert "bad: error: no good\n" in done.stdout
    assert done.stderr.strip() == "error: failed: bad; the stage's own lines above say why"
    assert "alphabet" in lock(study)["stages"]
    assert "report" not in lock(study)["stages"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_stop_stops_the_stages_too(empty, number):
    add_stage(empty, "long", LONG, outs=["artifacts/long"])
    process = start(empty, "--jobs", "1")
    deadline = time.monotonic() + 60
    while not (empty / "running").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    process.wait(60)
    while not (empty / "stopped").exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert (empty / "stopped").exists()
    assert number == signal.SIGKILL or process.returncode == 130


def test_no_jobs_are_refused():
    with pytest.raises(InputError, match="^--jobs: found 0, expected 1 or more$"):
        repro(jobs=0)


def test_what_most_stages_wait_for_goes_first():
    before = {"a": [], "b": ["a"], "c": ["b"], "d": ["c", "x"], "x": []}
    assert _stages_to_come(before) == {"a": 3, "b": 2, "c": 1, "d": 0, "x": 1}
