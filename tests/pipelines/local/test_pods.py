"""Pods end, fail and are retried here as on a default Kubeflow installation."""

import os
import signal
import threading
import time
from contextlib import nullcontext

import pytest

from components.runtime.errors import InputError
from pipelines.local.containers import LABEL
from pipelines.local.run import private_store, run_tasks
from pipelines.store.serve import read_keys, served
from tests.pipelines.local.conftest import IMAGES
from tests.processes import wait_for

OUTSIDE = "192.0.2.1:80"  # RFC 5737: nobody's
ATTEMPT = "import os; print('attempt', os.environ['KFP_RETRY_INDEX'], flush=True); "
SLEEP = f"{ATTEMPT} import time; time.sleep(60)"
SLEEP_AT_FIRST = f"{ATTEMPT} import time; time.sleep(60 * (os.environ['KFP_RETRY_INDEX'] == '0'))"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
REACH = """\
import socket, sys
for word in sys.argv[1:]:
    host, port = word.split(":")
    try:
        socket.create_connection((host, int(port)), timeout=2).close()
        print(word, "reached")
    except OSError as error:
        print(word, "not reached")
"""


def run(engine, *tasks, options=(), network="none"):
    run_tasks(tasks, engine, network=network, secret={}, options=options)


def containers(engine, name="^first-"):
    """Our containers with such names, also those that are being removed."""
    filters = (f"--filter=label={LABEL}", f"--filter=name={name}")
    return engine.call("ps", "--all", "--quiet", *filters).split()


def run_and(engine, task, *words, ends=None):
    """Runs a task and, as soon as its program has begun, a command of the engine on its container.

    Args:
        engine: The container engine.
        task: The task.
        words: The command.
        ends: What the run ends with, if it does not end well.

    Returns:
        When the command was given.
    """
    began = []

    def find():
        """A container whose program has begun."""
        return [each for each in containers(engine) if "attempt" in engine.call("logs", each)]

    def disturb():
        wait_for(find)
        began.append(time.monotonic())
        engine.call(*words, *find())

    thread = threading.Thread(target=disturb)
    thread.start()
    with pytest.raises(InputError, match=ends) if ends else nullcontext():
        run(engine, task)
    thread.join()
    return began[0]


def attempts(capfd):
    return [line for line in capfd.readouterr().out.splitlines() if line.startswith("attempt")]


def test_a_pod_that_is_deleted_is_followed_by_another(engine, task_of, capfd):
    run_and(engine, task_of("python", "-c", SLEEP_AT_FIRST), "rm", "--force")
    assert attempts(capfd) == ["attempt 0", "attempt 1"]
    assert not containers(engine)


def test_pods_that_are_deleted_are_followed_by_as_many_as_the_task_says(engine, task_of, capfd):
    task = task_of("python", "-c", SLEEP, retries=0)
    run_and(engine, task, "rm", "--force", ends="the first: its pod was deleted, 1 times")
    assert attempts(capfd) == ["attempt 0"]


def test_a_program_that_fails_is_not_tried_again_and_its_exit_code_is_one(engine, task_of, capfd):
    failing = task_of("python", "-c", f"{ATTEMPT} print('größe'); raise SystemExit(3)")
    with pytest.raises(InputError, match="the first: exit code 1$"):
        run(engine, failing, task_of("python", "-c", "print('next')"))  # it ends the run
    assert capfd.readouterr().out == "attempt 0\ngröße\n"
    assert not containers(engine)


@pytest.mark.parametrize("word", ["kill", "stop"])
def test_a_program_that_is_killed_has_no_grace_and_is_not_tried_again(engine, task_of, capfd, word):
    ends = r"the first: killed \(out of memory\?\)$"
    began = run_and(engine, task_of("python", "-c", DEAF), word, ends=ends)
    assert time.monotonic() - began < 8  # docker's and podman's own grace is ten seconds
    assert attempts(capfd) == ["attempt 0"]


def test_a_program_that_takes_too_much_memory_is_not_tried_again(engine, task_of, capfd):
    task = task_of("python", "-c", f"{ATTEMPT} bytearray(1 << 30)")
    with pytest.raises(InputError, match="the first: out of memory$"):
        run(engine, task, options=["--memory=64m", "--memory-swap=64m"])
    assert attempts(capfd) == ["attempt 0"]


def test_an_interruption_removes_the_container(engine, task_of, capfd):
    def interrupt():
        while not attempts(capfd):
            time.sleep(0.1)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt):
        run(engine, task_of("python", "-c", DEAF))
    assert not containers(engine)


def test_a_pod_has_any_user_its_name_and_its_mounts_and_artifacts_to_write_to(
    engine, task_of, capfd
):
    code = """\
import os, pathlib, pwd, sys
print(os.getuid(), [each.pw_uid for each in pwd.getpwall() if each.pw_uid == os.getuid()])
print(*(key for key in ("KFP_POD_NAME", "KFP_POD_UID", "KFP_RETRY_INDEX") if os.environ[key]))
print(os.environ["HOME"])
for place in ("/tmp", str(pathlib.Path(sys.argv[1]).parent), "/app", "/run", "/var/tmp", "/home"):
    try:
        pathlib.Path(place, "file").write_text("x")
        print("writes to", place)
    except OSError:
        pass
pathlib.Path(sys.argv[1]).write_text("report")
"""
    task = task_of("python", "-c", code, "report")
    run(engine, task)
    folder = task.command[-1].rpartition("/")[0]
    assert capfd.readouterr().out.splitlines() == [
        "65532 []",  # no line of passwd
        "KFP_POD_NAME KFP_POD_UID KFP_RETRY_INDEX",
        "/tmp",
        "writes to /tmp",
        f"writes to {folder}",
    ]


def test_pods_reach_the_store_only(engine, task_of, tmp_path, capfd):
    folder, keys = tmp_path / "buckets", read_keys(tmp_path)
    (folder / "bucket").mkdir(parents=True)
    with (
        served(folder, keys=keys) as here,
        private_store(engine, image=IMAGES[1], folder=folder, keys=keys) as (network, inside),
    ):
        places = [OUTSIDE, *(url.rpartition("/")[2] for url in (here, inside))]
        run(engine, task_of("python", "-c", REACH, *places), network=network)
    outcomes = zip(places, ("not reached", "not reached", "reached"), strict=True)
    assert capfd.readouterr().out.splitlines() == list(map(" ".join, outcomes))


def test_an_image_that_is_not_here_ends_the_run_at_once_and_is_named(engine, task_of, capfd):
    with pytest.raises(InputError, match="no image nobody/nothing:1: build it"):
        engine.check_images(["nobody/nothing:1"])
    with pytest.raises(InputError, match="run: it created no container of nobody/nothing:1"):
        run(engine, task_of("true", parameters={"image": "nobody/nothing:1"}))
    assert "nobody/nothing" in capfd.readouterr().err
