"""What is said of a training while it runs: on the progress bar, and to trackers."""

import time
from collections.abc import Iterator

from components.runtime.progress import sparkline
from components.training.steps import History
from components.training.trackers import Trackers
from components.training.validation import Validation

GPU = ("gpu_utilization", "gpu_memory_gib")  # of a line of the history, on GPUs
SECONDS_BETWEEN = 10.0  # the shortest time between two values of a tracker's curve


class Reporter:
    """Says how training goes; an optimizer step has `tokens_per_step`, over all processes."""

    def __init__(self, trackers: Trackers, *, tokens_per_step: int) -> None:
        self._trackers, self._tokens_per_step = trackers, tokens_per_step
        self._rate = 0.0  # tokens a second; 0 while it is not known
        self._num_lines, self._curve = 0, ""
        self._gpu: dict[str, float] = {}
        self._said = False
        self._measure()

    def after_step(self, history: History, *, loss: float, learning_rate: float) -> str:
        """Reports an optimizer step; returns a note for the progress bar.

        The first step goes to the trackers at once, later ones every ten seconds.

        Args:
            history: The progress so far.
            loss: The newest known mean loss, in nats per token.
            learning_rate: Of the step.
        """
        self._steps += 1
        if len(history.lines) != self._num_lines:  # only then: they are thousands
            self._num_lines = len(history.lines)
            self._curve = sparkline([line["training_loss"] for line in history.lines])
            self._gpu = {name: history.lines[-1][name] for name in GPU if name in history.lines[-1]}
        elapsed = time.monotonic() - self._since
        due = elapsed >= SECONDS_BETWEEN
        if due:
            self._rate = self._steps * self._tokens_per_step / elapsed
            self._measure()
        if due or not self._said:
            values = {"training/loss": loss, "training/learning_rate": learning_rate}
            if self._rate:
                values["training/tokens_per_second"] = self._rate
            values |= {f"training/{name}": value for name, value in self._gpu.items()}
            self._trackers.log(values, step=history.step)
            self._said = True
        return ", ".join((f"loss {loss:.3f} {self._curve}".rstrip(), *self._speed()))

    def _speed(self) -> Iterator[str]:
        if self._rate:
            yield f"{self._rate:,.0f} tokens/s"
        if self._gpu:
            yield f"GPU {self._gpu['gpu_utilization']:.0f} % busy"

    def after_validation(self, step: int, *, epoch: int, validation: Validation) -> None:
        """Reports a validation; its time is not counted into the rate of the training."""
        values = {f"validation/{name}": value for name, value in validation._asdict().items()}
        self._trackers.log(values | {"epoch": epoch}, step=step)
        self._measure()

    def _measure(self) -> None:
        """Begins to measure the rate anew."""
        self._since, self._steps = time.monotonic(), 0
