"""How often checkpoints are made: cheap enough, and often enough for a run that is killed."""

from collections.abc import Iterator

SHARE = 0.02  # of the time, at most, is spent on checkpoints
SECONDS_LOST = 60.0  # at most, when a run is killed and its disk is gone
SECONDS_TO_UPLOAD = 20.0  # of these, left for the copy of a checkpoint into the store
FADING = 0.9  # of the longest step, with each one after it: the first update is often slow


class CheckpointInterval:
    """Says when the next checkpoint is due.

    A checkpoint costs at most 2 % of the time until the next one begins, but the next one begins so
    early that both it and its upload are done within 60 seconds. Where these two contradict each
    other, the 60 seconds count.

    Args:
        least: Seconds that pass at the least from one checkpoint's begin to the next one's.
        now: The clock's seconds.
    """

    def __init__(self, least: float, *, now: float) -> None:
        self._least = least
        self._begun = self._looked = now
        self._cost = self._writing = self._step = 0.0
        self._num_written = 0
        self._said: set[str] = set()

    def is_due(self, now: float) -> bool:
        """Whether a checkpoint should begin; to be asked after each step.

        Args:
            now: The clock's seconds.
        """
        self._step = max(now - self._looked, FADING * self._step)
        self._looked = now
        elapsed = now - self._begun
        cheap = self._cost <= SHARE * elapsed
        late = elapsed + self._step > self._longest
        return elapsed >= self._least and (cheap or late)

    def begin(self, now: float) -> None:
        """Notes that a checkpoint begins."""
        self._begun = now

    def end(self, *, cost: float, writing: float) -> None:
        """Notes that the checkpoint is written.

        Args:
            cost: Seconds that it kept from the training.
            writing: Seconds from its copy to its end.
        """
        self._cost, self._writing = cost, writing
        self._num_written += 1

    def warnings(self) -> Iterator[str]:
        """A line for each bound that cannot be held, once."""
        for kind, line in self._broken():
            if kind not in self._said:
                self._said.add(kind)
                yield line

    @property
    def _longest(self) -> float:
        return SECONDS_LOST - SECONDS_TO_UPLOAD - self._writing

    def _broken(self) -> Iterator[tuple[str, str]]:
        if self._num_written < 2:
            return  # the first update and the first checkpoint are slower than those that follow
        between = max(self._least, self._longest)
        if between > 0 and self._cost > SHARE * between:
            yield (
                "cost",
                f"checkpoints take {self._cost / between:.1%} of the time, not {SHARE:.0%}: fewer"
                f" would lose more than {SECONDS_LOST:.0f} s of work when the run is killed",
            )
        lost = max(self._least, self._writing) + self._step + self._writing + SECONDS_TO_UPLOAD
        if lost > SECONDS_LOST:
            yield (
                "loss",
                f"a killed run can lose {lost:.0f} s of work, not {SECONDS_LOST:.0f} s: a step"
                f" takes {self._step:.0f} s, a checkpoint {self._writing:.0f} s and its upload"
                f" perhaps {SECONDS_TO_UPLOAD:.0f} s, at least {self._least:.0f} s apart",
            )
