"""A stage whose process is killed is restarted in its pod, from its state; bad input is not."""

import pytest

from pipelines.pod.reporting import out_of_memory_kills
from tests.small_study import add_stage, error_line

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
