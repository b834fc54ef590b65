"""Processes that are killed with their descendants."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

from benchmarks.projects import environment

PATIENCE = 120.0  # seconds that a process may take


class Process:
    """A process and its descendants.

    Args:
        command: The command line.
        cwd: Folder in which it runs.
        log: File for its output.
    """

    def __init__(self, command: list[str], *, cwd: Path, log: Path) -> None:
        self._log = log
        with log.open("wb") as out:
            self._popen = subprocess.Popen(  # noqa: S603
                command,
                cwd=cwd,
                env=environment(cwd),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def printed(self) -> str:
        """Its output so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def ends_within(self, seconds: float, *, unless: Callable[[], bool] = lambda: False) -> bool:
        """Waits until it ends, the seconds are over or a condition holds.

        Returns:
            Whether it has ended.
        """
        end = time.monotonic() + seconds
        while self._popen.poll() is None and time.monotonic() < end and not unless():
            time.sleep(0.002)
        return self._popen.poll() is not None

    def kill(self) -> None:
        """Kills it and its descendants."""
        with suppress(psutil.NoSuchProcess):
            family = psutil.Process(self._popen.pid).children(recursive=True)
            os.killpg(self._popen.pid, signal.SIGKILL)
            for each in family:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
        self._popen.wait()

    def finish(self) -> int:
        """Waits for its end; returns its exit code."""
        if not self.ends_within(PATIENCE):
            self.kill()
        return self._popen.wait()
