"""Stages in processes of their own; those with PyTorch are forked from one that has imported it."""

import contextlib
import ctypes
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(
    [
        "components.runtime.command_line",
        "components.brainbench.scorer",
        "components.training.loop",
        "components.training.record",
        "transformers.models.gpt2.modeling_gpt2",
    ]
)
WITH_PYTORCH = {"brainbench", "initialization", "training"}
NEW_NAMESPACES = 0x10020000  # CLONE_NEWUSER | CLONE_NEWNS of sched.h


def run_program(stage, *flags, folder, small_disk=None, **options):
    """Runs a stage as a user does; returns the ended process with its output.

    Args:
        stage: Its name.
        flags: Of the command line.
        folder: Where its output is kept meanwhile.
        small_disk: As of `start_stage`.
        options: Of `subprocess.run`: the process is not forked then.
    """
    if small_disk or (stage in WITH_PYTORCH and not options):
        out, err = folder / "stdout", folder / "stderr"
        arguments = list(map(str, flags))
        process = start_stage(stage, arguments, out=out, err=err, small_disk=small_disk)
        process.join(300)
        return subprocess.CompletedProcess(
            flags, process.exitcode, out.read_text(), err.read_text()
        )
    return subprocess.run(
        [sys.executable, "-m", f"components.{stage}", *map(str, flags)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        **options,
    )


def start_stage(stage, arguments, *, out, err, small_disk=None):
    """A forked process that runs a stage.

    Args:
        stage: Its name.
        arguments: Of the command line.
        out: File to which it adds what it prints.
        err: The same for errors; may be the same file.
        small_disk: Folder that is a disk of 40 KiB for this process; what is left there in the end
            is printed.
    """
    arguments = (stage, arguments, out, err, dict(os.environ), small_disk)
    process = FORK.Process(target=_run, args=arguments)
    process.start()
    return process


def wait_for(condition, *, seconds=120):
    """Returns when a condition holds; fails when it does not in time."""
    latest = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < latest, f"not within {seconds} seconds"
        time.sleep(0.01)


def redirect(out, err):
    """Adds what this process prints to files."""
    for place, stream in ((out, 1), (err, 2)):
        os.dup2(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    sys.stdout, sys.stderr = (os.fdopen(stream, "w", buffering=1) for stream in (1, 2))


def _run(stage, arguments, out, err, environment, small_disk):
    redirect(out, err)
    os.environ.clear()  # it has those of the test that started the fork server
    os.environ |= environment
    from components.runtime.command_line import run

    with contextlib.chdir(ROOT), mounted(small_disk) if small_disk else contextlib.nullcontext():
        run(stage, arguments=arguments)


@contextlib.contextmanager
def mounted(folder, size="40k"):
    """Mounts a small disk on a folder, for this process only; prints what is left there."""
    Path(folder).mkdir(exist_ok=True)
    user, group = os.getuid(), os.getgid()
    system = ctypes.CDLL(None, use_errno=True)
    assert system.unshare(NEW_NAMESPACES) == 0, os.strerror(ctypes.get_errno())
    for name, content in (
        ("setgroups", "deny"),
        ("uid_map", f"0 {user} 1"),
        ("gid_map", f"0 {group} 1"),
    ):
        Path(f"/proc/self/{name}").write_text(content)
    mounted = system.mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, f"size={size}".encode())
    assert mounted == 0, os.strerror(ctypes.get_errno())
    try:
        yield
    finally:
        for place in sorted(Path(folder).rglob("*")):
            print(place)  # noqa: T201
