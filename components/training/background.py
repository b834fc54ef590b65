"""Checkpoints during training: copied between two steps, written by a thread."""

import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import torch

from components.training.checkpoint import Checkpoints
from components.training.checkpoint_interval import CheckpointInterval
from components.training.snapshot import Progress, Snapshot


class Written(NamedTuple):
    """Wall and CPU seconds of writing a checkpoint."""

    seconds: float
    cpu_seconds: float


class BackgroundCheckpoints:
    """Writes checkpoints while training continues.

    Args:
        checkpoints: The run's checkpoints.
        model: The model, not wrapped.
        optimizer: Its optimizer.
        seconds: Minimum time between the starts of two checkpoints.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        *,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        seconds: float,
    ) -> None:
        self._checkpoints, self._model, self._optimizer = checkpoints, model, optimizer
        self._interval = CheckpointInterval(seconds, now=time.monotonic())
        self._snapshot = Snapshot()
        self._writing: Future[Written] | None = None
        self._held = 0.0

    def after_step(self, step: int, progress: Callable[[], Progress]) -> None:
        """Starts a checkpoint if one is due and the previous one is written.

        Args:
            step: Optimizer steps so far.
            progress: Returns the run's other state, serialisable as JSON.

        Raises:
            OSError: The previous checkpoint could not be written.
        """
        if self._writing is not None and self._writing.done():
            self._finish()
        if self._interval.is_due(time.monotonic()) and self._writing is None:
            self._begin(step, progress())

    def write_now(self, step: int, progress: Callable[[], Progress]) -> None:
        """Writes a checkpoint and returns when it is complete.

        Raises:
            OSError: It or the previous one could not be written.
        """
        self._finish()
        self._begin(step, progress())
        self._finish()

    def _begin(self, step: int, progress: Progress) -> None:
        begun = time.monotonic()
        self._interval.begin(begun)
        self._snapshot.take(progress, step=step, model=self._model, optimizer=self._optimizer)
        self._held = time.monotonic() - begun
        # A thread for each checkpoint: while a second thread lives that has used OpenMP, GNU's
        # library lets training's own threads sleep between operations, and steps take up to 60 %
        # longer on two cores.
        thread = ThreadPoolExecutor(1)
        self._writing = thread.submit(self._write)
        thread.shutdown(wait=False)

    def _write(self) -> Written:
        started, cpu_started = time.monotonic(), time.thread_time()
        self._checkpoints.write(self._snapshot)
        return Written(time.monotonic() - started, time.thread_time() - cpu_started)

    def _finish(self) -> None:
        """Waits until the checkpoint is written, if one is being written."""
        if self._writing is None:
            return
        written = self._writing.result()
        self._writing = None
        # On a CPU the writing thread takes processor time from the training.
        cost = self._held + written.cpu_seconds / torch.get_num_threads()
        self._interval.end(cost=cost, writing=self._held + written.seconds)
        for line in self._interval.warnings():
            print(line, file=sys.stderr, flush=True)  # noqa: T201
