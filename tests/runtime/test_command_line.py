import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from components.runtime.command_line import run
from components.runtime.errors import InputError

ERRORS = {
    -1: OSError(errno.ENOSPC, "No space left on device", "/somewhere"),
    -2: KeyboardInterrupt(),
    -3: ZeroDivisionError(),
    -4: RuntimeError("I/O error: No space left on device (os error 28)"),
    -5: FileNotFoundError(errno.ENOENT, "No such file or directory", "/nowhere"),
    -6: MemoryError("Unable to allocate 7.28 TiB for an array"),
    -7: RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4 bytes"),
    -8: InputError("amount -8: expected at least 1"),
    -9: IsADirectoryError(errno.EISDIR, "Is a directory", "a.partial", None, "a"),  # of a rename
    -10: OSError(errno.EROFS, "Read-only file system", "/somewhere"),
    -11: OSError(errno.EROFS, "Read-only file system"),  # of a write
}


def stage(*, amount: int = 1) -> None:
    """Counts.

    From one to
    `amount`.

    Args:
        amount: Number to count
            up to.
    """
    if amount in ERRORS:
        raise ERRORS[amount]


@pytest.mark.parametrize(
    ("flags", "code", "printed"),
    [
        (["--amount", "1"], 0, ""),
        (["--amount", "-1"], "error: no space left on the disk: /somewhere", ""),
        (["--amount", "-2"], 130, "interrupted\n"),
        (["--amount", "-4"], "error: no space left on the disk", ""),
        (["--amount", "-5"], "error: not found: /nowhere", ""),
        (["--amount", "-6"], "error: not enough memory", ""),
        (["--amount", "-7"], "error: not enough memory", ""),
        (["--amount", "-9"], "error: is a directory: a", ""),
        (["--amount", "-10"], "error: read-only file system: /somewhere", ""),
        (["--amount", "-11"], "error: read-only file system", ""),
        (["--amount", "-8"], "error: amount -8: expected at least 1", ""),
        (["--amuont", "1"], 2, "--amount"),  # the flag that was meant
        (["--help"], 0, "Number to count up to."),  # without the source's line breaks
        (["--help"], 0, "From one to `amount`."),
    ],
)
def test_the_outcome_is_the_exit_code(capsys, flags, code, printed):
    with pytest.raises(SystemExit) as ended:
        run(stage, arguments=flags)
    assert ended.value.code == code
    assert printed in "".join(capsys.readouterr())


def test_the_help_of_several_commands_says_what_they_are_for(monkeypatch, capsys):
    monkeypatch.setattr(sys.modules["__main__"], "__doc__", "Counts fish.")
    with pytest.raises(SystemExit):
        run({"count": stage, "again": stage}, arguments=["--help"])
    assert "Counts fish." in capsys.readouterr().out


def test_our_own_mistakes_keep_their_traceback():
    with pytest.raises(ZeroDivisionError):
        run(stage, arguments=["--amount", "-3"])


def test_what_an_error_quotes_stays_one_line_and_moves_no_cursor():
    line = str(InputError("found 'a\nb\x1b]0;title\x07\x9b2J\u202eé\u200d', expected 'c'"))
    assert line == r"found 'a b\x1b]0;title\x07\x9b2J\u202eé" + "\u200d', expected 'c'"


def start(body):
    """A process that runs a stage with this body, when it has printed its first line."""
    code = (
        f"import time; from components.runtime.command_line import run\n"
        f"def stage() -> None: {body}\n"
        "run(stage, arguments=[])"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.slow
def test_a_pods_stop_signal_ends_a_stage_as_an_interruption():
    process = start("print('ready', flush=True); time.sleep(60)")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, "interrupted\n")


def test_a_stop_signal_while_python_ends_does_not_change_the_outcome():
    code = """
import os, signal
from components.runtime.command_line import run

class Late:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGTERM)

late = Late()

def stage() -> None:
    "Counts."

run(stage)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_output_that_nobody_reads_any_more_is_no_error():
    process = start("[print('ready') for _ in range(100_000)]")
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=60) == 141


def test_an_interruption_while_a_stage_is_imported_is_one_line(monkeypatch, capsys):
    def interrupted(_module):
        raise KeyboardInterrupt

    monkeypatch.setattr("components.runtime.command_line.import_module", interrupted)
    with pytest.raises(SystemExit) as exit_:
        run("training")
    assert exit_.value.code == 130
    assert capsys.readouterr().err == "interrupted\n"


@pytest.mark.slow
def test_a_stage_that_dvc_runs_ends_when_dvc_is_killed(tmp_path):
    kinds = {"none": "", "sh": "/bin/sh", "bash": "/bin/bash", "alone": "/bin/sh"}  # shells
    for name, shell in kinds.items():
        (tmp_path / name).mkdir()
        kill_parent_of_stage(tmp_path / name, shell=shell, by_dvc=name != "alone")
    for name in kinds:
        wait_for(tmp_path / name / "over")
    time.sleep(0.2)
    assert [name for name in kinds if (tmp_path / name / "done").exists()] == ["alone"]


def kill_parent_of_stage(tmp_path, *, shell, by_dvc):
    """Starts a stage as DVC or somebody else does, and kills the process that started it."""
    (tmp_path / "stage.py").write_text(
        "import pathlib, time; from components.runtime.command_line import run\n"
        "def wait():\n"
        f"    pathlib.Path('{tmp_path}/waiting').touch()\n"
        "    try:\n        time.sleep(2.5)\n"
        f"    finally:\n        pathlib.Path('{tmp_path}/over').touch()\n"
        f"    pathlib.Path('{tmp_path}/done').touch()\n"
        "run(wait, arguments=[])"
    )
    command = [sys.executable, str(tmp_path / "stage.py")]
    in_shell = [shell, "-c", " ".join(command)] if shell else command
    parent = f"import subprocess; subprocess.run({in_shell})"
    environment = {**os.environ, "SHELL": shell, **({"DVC_STAGE": "stage"} if by_dvc else {})}
    environment["PYTHONPATH"] = str(Path(__file__).parents[2])
    with subprocess.Popen([sys.executable, "-c", parent], env=environment) as process:
        wait_for(tmp_path / "waiting")
        process.kill()


def wait_for(file):
    for _ in range(400):
        if file.exists():
            return
        time.sleep(0.05)
    raise TimeoutError(file)
