"""How often checkpoints are written: a bound on their cost and on the work that a kill loses."""

from collections.abc import Iterator

SHARE = 0.02  # of the time, at most, is spent on checkpoints
SECONDS_LOST = 60.0  # at most, when a run is killed and its disk is gone
SECONDS_TO_FIRST = 5.0  # from the first step: before it lie PyTorch's start and a download
SECONDS_TO_UPLOAD = 20.0  # of these, left for the copy of a checkpoint into the store
FADING = 0.9  # decay of the longest step per step: the first one is often slow


class CheckpointInterval:
    """Says when the next checkpoint is due.

    A checkpoint costs at most 2 % of the time until the next one starts, but the next one starts so
    early that it and its upload end within 60 seconds. If both bounds cannot hold, the 60 seconds
    take precedence. The first checkpoint is due after five seconds: nothing else holds the time
    that a pod took to start.

    All times are in seconds; `least` is the minimum between the starts of two checkpoints.
    """

    def __init__(self, least: float, *, now: float) -> None:
        self._least = least
        self._begun = self._looked = now
        self._cost = self._writing = self._step = 0.0
        self._num_written = 0
        self._said: set[str] = set()

    def is_due(self, now: float) -> bool:
        """Whether a checkpoint should start at a time; called after each step."""
        self._step = max(now - self._looked, FADING * self._step)
        self._looked = now
        elapsed = now - self._begun
        if not self._num_written:
            return elapsed >= min(self._least, SECONDS_TO_FIRST)
        cheap = self._cost <= SHARE * elapsed
        late = elapsed + self._step > self._longest
        return elapsed >= self._least and (cheap or late)

    def begin(self, now: float) -> None:
        """Records that a checkpoint starts at a time."""
        self._begun = now

    def end(self, *, cost: float, writing: float) -> None:
        """Records that the checkpoint is written.

        Args:
            cost: Seconds that it took from the training.
            writing: Seconds from its copy to its end.
        """
        self._cost, self._writing = cost, writing
        self._num_written += 1

    def warnings(self) -> Iterator[str]:
        """A line for each bound that cannot hold, once."""
        for kind, line in self._broken():
            if kind not in self._said:
                self._said.add(kind)
                yield line

    @property
    def _longest(self) -> float:
        return SECONDS_LOST - SECONDS_TO_UPLOAD - self._writing

    def _broken(self) -> Iterator[tuple[str, str]]:
        if self._num_written < 2:
            return  # the first step and the first checkpoint are slower than later ones
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
