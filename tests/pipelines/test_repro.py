import os
import shutil
import signal
import sys
from contextlib import chdir
from pathlib import Path

import psutil
import pytest
from ruamel.yaml import YAML

from components.runtime.errors import InputError
from pipelines.dvc.repro import _stages_to_come, repro
from tests.conftest import ROOT
from tests.processes import wait_for
from tests.small_study import STAGES, add_stage, dvc, ended, error_line, start_forked

pytestmark = pytest.mark.slow

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
    """Starts to run the stages of a checkout; `ended` waits for it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    options = {"folder": root.parent / "output", "env": {"PATH": path}, "daemon": False}
    with chdir(root):
        return start_forked(repro, *flags, **options)


@pytest.fixture
def empty(study):
    """The study without its stages."""
    (study / "dvc.yaml").write_text("stages:\n")
    return study


def lock(root):
    return YAML(typ="safe").load((root / "dvc.lock").read_text())


def test_what_runs_at_the_same_time_ends_as_with_dvc(study):
    done = ended(start(study, "--jobs", "3"))
    for stage in STAGES:
        name = stage.partition("@")[0]
        assert f"{stage}: running {name}\n" in done.stdout
        assert f"{stage}: done in " in done.stdout
    mine = lock(study)
    dvc(study, "repro", "--force", "--no-run-cache")
    assert lock(study) == mine
    lines = ended(start(study)).stdout.splitlines()
    unchanged = sorted(line for line in lines if "unchanged" in line)
    assert unchanged == sorted(f"{stage}: unchanged" for stage in ("data.dvc", *STAGES))


def test_data_that_has_changed_is_data_dvcs_as_with_dvc(study):
    before = (study / "data.dvc").read_text()
    next(each for each in (study / "data").rglob("*") if each.is_file()).write_text("changed")
    ended(start(study))
    assert (study / "data.dvc").read_text() != before
    assert "up to date" in dvc(study, "status").stdout
    shutil.rmtree(study / "data")
    done = ended(start(study), check=False)
    assert (
        "data.dvc: DVC: failed to reproduce 'data.dvc': missing data 'source': data" in done.stdout
    )
    assert "failed: data.dvc;" in error_line(done)


def test_stages_that_do_not_need_each_other_run_at_the_same_time(empty):
    for mine, other in (("one", "two"), ("two", "one")):
        code = MEETING.format(mine=mine, other=other)
        add_stage(empty, mine, code, outs=[f"artifacts/{mine}"])
    ended(start(empty, "--jobs", "2"))


def test_after_a_failure_nothing_starts(study):
    add_stage(study, "bad", "import sys\nsys.exit('error: no good')", outs=["artifacts/bad"])
    done = ended(start(study, "--jobs", "1"), check=False)
    assert done.returncode == 1
    assert "bad: error: no good\n" in done.stdout
    assert done.stderr.strip() == "error: failed: bad; the stage's own lines above say why"
    assert "alphabet" in lock(study)["stages"]
    assert "report" not in lock(study)["stages"]


def test_a_file_of_locks_that_a_kill_left_empty_is_to_be_removed(empty):
    add_stage(empty, "one", "", outs=["artifacts/one"])
    (empty / ".dvc" / "tmp" / "rwlock").write_text("")
    done = ended(start(empty), check=False)
    assert done.returncode == 1
    assert ".dvc/tmp/rwlock" in done.stdout
    assert "has left it so: remove the file when no other runs\n" in done.stdout


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_worker_ends_the_run_in_one_line(empty, jobs):
    add_stage(empty, "long", LONG, outs=["artifacts/long"])
    process = start(empty, "--jobs", str(jobs))
    wait_for((empty / "running").exists)
    (worker,) = (each for each in psutil.Process(process.pid).children() if each.children())
    worker.kill()
    done = ended(process, check=False)
    assert done.returncode == 1
    line = error_line(done)
    assert "was killed, for lack of memory maybe, in long" in line
    assert ("a smaller --jobs needs less" in line) is (jobs > 1)
    wait_for((empty / "stopped").exists)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_stop_stops_the_stages_too(empty, number):
    add_stage(empty, "long", LONG, outs=["artifacts/long"])
    process = start(empty, "--jobs", "1")
    wait_for((empty / "running").exists)
    (os.killpg if number == signal.SIGINT else os.kill)(process.pid, number)
    done = ended(process, check=False)
    wait_for((empty / "stopped").exists)
    assert number == signal.SIGKILL or done.returncode == 130


def test_no_jobs_are_refused():
    with pytest.raises(InputError, match="^--jobs: found 0, expected 1 or more$"):
        repro(jobs=0)


def test_what_most_stages_wait_for_goes_first():
    before = {"a": [], "b": ["a"], "c": ["b"], "d": ["c", "x"], "x": []}
    assert _stages_to_come(before) == {"a": 3, "b": 2, "c": 1, "d": 0, "x": 1}
