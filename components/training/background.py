"""Checkpoints during training: copied between two steps, written by a thread.

A checkpoint replaces the one before only when the loss after it has shown that its weights are
sound.
"""

import shutil
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import torch

from components.training.checkpoint import Checkpoints, Progress, Snapshot
from components.training.checkpoint_interval import CheckpointInterval


class BackgroundCheckpoints:
    """Writes checkpoints while training continues.

    Args:
        checkpoints: The run's checkpoints.
        model: The model, not wrapped.
        optimizer: Its optimizer.
        seconds: Minimum time between the starts of two checkpoints.
        steps: Optimizer steps after which there is one in any case; 0 for none.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        *,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        seconds: float,
        steps: int = 0,
    ) -> None:
        self._checkpoints, self._model, self._optimizer = checkpoints, model, optimizer
        self._interval = CheckpointInterval(seconds, now=time.monotonic())
        self._snapshot, self._steps = Snapshot(), steps
        self._writing: Future[tuple[Path, float]] | None = None
        self._begun = self._held = 0.0

    def after_step(self, step: int, progress: Callable[[], Progress], *, sound_steps: int) -> None:
        """Starts a checkpoint if one is due and the previous one is in its place.

        Args:
            step: Optimizer steps so far.
            progress: Returns the run's other state.
            sound_steps: Steps of the newest weights that are known to be sound.

        Raises:
            OSError: The previous checkpoint could not be written.
        """
        is_sound = self._snapshot.step <= sound_steps
        if self._writing is not None and self._writing.done() and is_sound:
            self._finish()
        is_due = self._interval.is_due(time.monotonic())
        if self._steps:
            is_due = is_due or step // self._steps > self._snapshot.step // self._steps
        if is_due and self._writing is None:
            self._begin(step, progress())

    def write_now(self, step: int, progress: Callable[[], Progress]) -> None:
        """Writes a checkpoint and returns when it is complete.

        Raises:
            OSError: It or the previous one could not be written.
        """
        self._finish()
        self._begin(step, progress())
        self._finish()

    def discard(self) -> None:
        """Removes the checkpoint that is not in its place yet."""
        if self._writing is not None:
            shutil.rmtree(self._writing.result()[0])
            self._writing = None

    def _begin(self, step: int, progress: Progress) -> None:
        self._begun = time.monotonic()
        self._interval.begin(self._begun)
        self._snapshot.take(progress, step=step, model=self._model, optimizer=self._optimizer)
        self._held = time.monotonic() - self._begun
        # A thread for each checkpoint: while a second thread lives that has used OpenMP, GNU's
        # library lets training's own threads sleep between operations, and steps take up to 60 %
        # longer on two cores.
        thread = ThreadPoolExecutor(1)
        self._writing = thread.submit(self._write)
        thread.shutdown(wait=False)

    def _write(self) -> tuple[Path, float]:
        """The folder of a checkpoint that does not count yet, and the CPU seconds it took."""
        started = time.thread_time()
        partial = self._checkpoints.write(self._snapshot)
        return partial, time.thread_time() - started

    def _finish(self) -> None:
        """Waits until the checkpoint is written, if one is being written, and puts it in place."""
        if self._writing is None:
            return
        partial, cpu_seconds = self._writing.result()
        self._writing = None
        self._checkpoints.publish(partial)
        # On a CPU the writing thread takes processor time from the training.
        cost = self._held + cpu_seconds / torch.get_num_threads()
        self._interval.end(cost=cost, writing=time.monotonic() - self._begun)
        for line in self._interval.warnings():
            print(line, file=sys.stderr, flush=True)  # noqa: T201
