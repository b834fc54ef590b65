"""Stages in processes of their own; those with PyTorch are forked from one that has imported it."""

import contextlib
import multiprocessing
import os
import subprocess
import sys
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


def run_program(stage, *flags, folder, **options):
    """Runs a stage as a user does; returns the ended process with its output.

    Args:
        stage: Its name.
        flags: Of the command line.
        folder: Where its output is kept meanwhile.
        options: Of `subprocess.run`: the process is not forked then.
    """
    if stage in WITH_PYTORCH and not options:
        out, err = folder / "stdout", folder / "stderr"
        process = start_stage(stage, list(map(str, flags)), out=out, err=err)
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


def start_stage(stage, arguments, *, out, err):
    """A forked process that runs a stage; what it prints is added to two files, or to one."""
    process = FORK.Process(target=_run, args=(stage, arguments, out, err, dict(os.environ)))
    process.start()
    return process


def _run(stage, arguments, out, err, environment):
    for place, stream in ((out, 1), (err, 2)):
        os.dup2(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    sys.stdout, sys.stderr = (os.fdopen(stream, "w", buffering=1) for stream in (1, 2))
    os.environ |= environment
    with contextlib.chdir(ROOT):
        from components.runtime.command_line import run

        run(stage, arguments=arguments)
