"""A pod that is stopped lets its stage end, keeps its state, and leaves no half-done work."""

import os
import shutil
import signal
import time

import pytest

from tests.faulty_proxy import hangs_in_body
from tests.small_study import add_stage, ended

COUNTING = """\
import pathlib, sys, time
state = pathlib.Path(".state/key/steps")
state.parent.mkdir(parents=True, exist_ok=True)
begun = int(state.read_text()) if state.exists() else 0
print("begins at", begun, flush=True)
try:
    for step in range(begun + 1, begun + 3 if begun else 10_000):
        partial = state.with_name("steps.partial")
        partial.write_text(str(step))
        partial.rename(state)
        time.sleep(0.02)
except KeyboardInterrupt:
    print("interrupted at", step, flush=True)
    sys.exit(99)
pathlib.Path("steps").write_text(str(step))
"""
DEAF = """\
import pathlib, signal, time
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("begins", flush=True)
time.sleep(1)
pathlib.Path("made").write_text("made")
"""


@pytest.fixture(params=["/bin/bash", "/bin/sh"])
def shell(request, monkeypatch):
    """DVC's shell: bash becomes the stage, Debian's sh has it as a child."""
    monkeypatch.setenv("SHELL", request.param)


@pytest.fixture
def counting(pods, study, shell):
    """The pods of a study with a stage that counts until it is interrupted, then a little more."""
    add_stage(study, "counting", COUNTING, outs=["steps"])
    return pods


def stop(pod, word, *, seconds=30):
    """Stops a pod when its stage has said a word."""
    end = time.monotonic() + seconds
    while word not in (pod.folder / "stdout").read_text() and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(0.3)
    os.kill(pod.pid, signal.SIGTERM)


def interrupted(counting, *flags):
    """A pod that was stopped while its stage counted; its node is gone."""
    pod = counting.begin("counting", *flags)
    stop(pod, "begins")
    done = ended(pod, check=False)
    shutil.rmtree(counting.folder / "counting" / "workspace")
    return done


def reached(done, word):
    (line,) = [line for line in done.stdout.splitlines() if line.startswith(word)]
    return int(line.split()[-1])


def test_a_stopped_stage_ends_and_its_state_is_gone_on_with_elsewhere(counting, store_folder):
    done = interrupted(counting)
    assert done.returncode == 99  # the stage's own
    assert not list(store_folder.glob("runs/*/*/*"))
    steps = reached(done, "interrupted at")
    again = counting.start("counting")
    assert "going on from the state of counting" in again.stderr
    assert steps - 1 <= reached(again, "begins at") <= steps
    assert "made before" in counting.start("counting").stderr


def test_a_pod_in_the_background_is_stopped_too(counting):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell's & does
    try:
        assert interrupted(counting).returncode == 99
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_state_is_mirrored_while_the_stage_runs(counting, store_folder):
    pod = counting.begin("counting", "--state-seconds", "0.1")
    end = time.monotonic() + 30
    while not list(store_folder.glob("state/counting/*.json")) and time.monotonic() < end:
        time.sleep(0.05)
    pod.kill()  # no time to say goodbye
    pod.join()
    shutil.rmtree(counting.folder / "counting" / "workspace")
    assert reached(counting.start("counting"), "begins at") > 0


def test_a_stage_that_is_over_before_it_is_stopped_is_kept(pods, study, shell):
    add_stage(study, "deaf", DEAF, outs=["made"])
    pod = pods.begin("deaf")
    stop(pod, "begins")
    ended(pod)
    assert "made before" in pods.start("deaf").stderr


def test_a_pod_that_is_stopped_while_it_pulls_ends_soon(pods, proxy, store_folder):
    proxy.spoil(hangs_in_body, method="GET", path="/files/md5/")
    pod = pods.begin("upper")
    assert proxy.met.wait(30)
    os.kill(pod.pid, signal.SIGTERM)
    done = ended(pod, check=False)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().endswith("interrupted")
    proxy.mend()
    assert "running upper" in pods.start("upper").stdout


@pytest.mark.parametrize("content", [b"", b"\xff", b"{}", b"[]", b'{"a": "../x"}', b'{"a": 1}'])
def test_a_pointer_that_is_garbage_lets_the_stage_start_anew(counting, store_folder, content):
    interrupted(counting)
    (pointer,) = store_folder.glob("state/counting/*.json")
    pointer.write_bytes(content)
    pod = counting.begin("counting")
    stop(pod, "begins")
    done = ended(pod, check=False)
    assert "mirrored state not used: its pointer is damaged" in done.stderr
    assert reached(done, "begins at") == 0
