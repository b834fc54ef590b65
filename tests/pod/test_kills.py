"""Killed pods lose nothing, and a stage that is killed is restarted in its pod.

`python -m benchmarks.kills` kills pods a hundred times.
"""

import random

import pytest

from benchmarks import interrupted, projects
from benchmarks.interrupted import InterruptedRun, KillResults, StagePods, make_interrupted
from pipelines.dvc.lock_entries import lock_text
from pipelines.pod.reporting import out_of_memory_kills
from tests.small_study import add_stage, dvc, error_line


@pytest.fixture
def interrupted_run(tmp_path, store, store_folder, monkeypatch):
    """A study with a little data in the store, and a result to compare with."""
    for module in (interrupted, projects):  # DVC in forks, which begin sooner
        monkeypatch.setattr(module, "call", lambda root, _dvc, *flags: dvc(root, *flags).stdout)
    monkeypatch.setattr(interrupted, "_write_data", lambda data: (data / "a").write_text("a"))
    project = make_interrupted(tmp_path / "project", url=store)
    dvc(project, "repro", "--quiet", "search")
    return InterruptedRun(
        tmp_path / "study",
        project,
        url=store,
        served=store_folder,
        results=KillResults(),
        draw=random.Random(1),
        usual={"search": 3.0},
    )


@pytest.mark.slow
def test_no_kill_loses_a_result_or_leaves_half_of_one(interrupted_run):
    run = interrupted_run
    pods = StagePods(run, "search")
    for phase in ("run", "upload"):
        pods.kill_in(phase)
    pods.complete()
    assert not run.results.broken
    assert run.results.total("killed") >= 2
    made = run.reference / "dvc.lock"
    assert lock_text({"search": run.entry("search")}) == made.read_text()


COUNTING = """\
import os, pathlib, signal, sys
state = pathlib.Path(".state/key/steps")
state.parent.mkdir(parents=True, exist_ok=True)
begun = int(state.read_text()) if state.exists() else 0
print("begins at", begun, flush=True)
state.write_text(str(begun + 1))
if begun < {kills}:
    os.kill(os.getpid(), signal.{signal})
pathlib.Path("steps").write_text(str(begun))
"""


@pytest.mark.parametrize(
    ("name", "shell"),
    [("SIGKILL", "/bin/bash"), ("SIGTERM", "/bin/sh"), ("SIGSEGV", "/bin/sh")],
)
def test_a_killed_stage_resumes_in_its_pod(pods, study, name, shell, monkeypatch):
    monkeypatch.setenv("SHELL", shell)  # DVC's: bash becomes the stage, Debian's sh has a child
    add_stage(study, "counting", COUNTING.format(kills=2, signal=name), outs=["steps"])
    done = pods.start("counting")
    begins = [line for line in done.stdout.splitlines() if line.startswith("begins at")]
    assert begins == ["begins at 0", "begins at 1", "begins at 2"]
    assert done.stderr.count(f"counting: killed by {name}: restarting from its state") == 2


def test_a_stage_that_is_killed_three_times_ends_its_pod(pods, study, store_folder):
    add_stage(study, "counting", COUNTING.format(kills=3, signal="SIGKILL"), outs=["steps"])
    done = pods.start("counting", check=False)
    assert "counting: killed by SIGKILL, 3 times" in error_line(done)
    assert not list(store_folder.glob("runs/*/*/*"))


def test_kills_for_want_of_memory_are_those_of_the_control_group(tmp_path):
    assert out_of_memory_kills(tmp_path) == 0
    (tmp_path / "memory.events").write_text("low 0\nmax 12\noom 3\noom_kill 2\n")
    assert out_of_memory_kills(tmp_path) == 2
