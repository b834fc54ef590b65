"""The rule by which a training has diverged, and which of its weights are known to be sound."""

import math
from dataclasses import dataclass, field
from statistics import fmean

from components.runtime.errors import InputError

WINDOW = 50  # steps whose mean loss is compared
RISE = 1.0  # nats per token: the perplexity is e times as large


class DivergedError(InputError):
    """A loss is not finite, or has risen as it does in no training that converges."""


@dataclass
class LossWatch:
    """Compares losses with the lowest mean of 50 successive steps.

    A loss more than 1 nat above that mean is unusual, and the weights before it are not kept. If
    the mean of the last 50 steps is, training has diverged.
    """

    # Losses of the last steps, at most 50, in nats per token
    recent: list[float] = field(default_factory=list)
    # Lowest mean of 50 successive steps; None before there were as many
    lowest: float | None = None
    is_usual: bool = True  # whether the newest loss was usual
    sound_steps: int = 0  # optimizer steps of the newest weights whose loss was usual

    def add(self, loss: float, *, step: int) -> None:
        """Takes the loss of a step, which is that of the weights before it.

        Args:
            loss: Mean of its batch, in nats per token.
            step: The number of the step, from 1.

        Raises:
            DivergedError: The loss is not finite, or has risen by too much.
        """
        if not math.isfinite(loss):
            raise DivergedError(f"loss {loss} at optimizer step {step:,}: expected a finite one")
        self.recent = [*self.recent, loss][-WINDOW:]
        most = math.inf if self.lowest is None else self.lowest + RISE
        self.is_usual = loss <= most
        if self.is_usual:
            self.sound_steps = step - 1
        if len(self.recent) < WINDOW:
            return
        mean = fmean(self.recent)
        if mean > most:
            raise DivergedError(
                f"mean loss {mean:.2f} of the {WINDOW} optimizer steps up to {step:,}: expected at"
                f" most {RISE:g} nat per token above the lowest such mean, {most - RISE:.2f}"
            )
        self.lowest = mean if self.lowest is None else min(mean, self.lowest)
