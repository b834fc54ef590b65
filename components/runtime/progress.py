"""Progress of long work: a bar on a terminal, plain lines elsewhere."""

import itertools
import sys
import time
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 10.0
BARS = "▁▂▃▄▅▆▇█"
MOST_BARS = 20
LINES_OF_RATE = 30  # the time left follows from the rate of the last five minutes


class Progress:
    """Counts work done: a bar on a terminal, a line every ten seconds in a pod or a log.

    Both say the rate, a line only where there is no note, and the time left where the total is
    known.

    Args:
        what: What is counted, shown in front.
        total: How much there is in all, where that is known.
        unit: Unit of `total`, in the plural.
        done: How much was done before, when work is resumed.
    """

    def __init__(self, what: str, *, total: int | None, unit: str, done: int = 0) -> None:
        self.what, self.total, self.unit, self.done = what, total, unit, done
        self._note = ""
        now = time.monotonic()
        self._marks = deque([(now, done)], maxlen=LINES_OF_RATE + 1)
        self._next_line = now + SECONDS_BETWEEN_LINES
        self._on_terminal = sys.stderr.isatty()
        self._bar = tqdm(
            desc=what, total=total, unit=f" {unit}", initial=done, disable=not self._on_terminal
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._bar.close()
        if error is None and not self._on_terminal:
            self._line(time.monotonic())

    def advance(self, amount: int = 1, *, note: str = "") -> None:
        """Counts work as done and shows it.

        Args:
            amount: Work done since the last call.
            note: A word on how it goes (a loss, say), shown behind the count.
        """
        self.done += amount
        self._note = note
        self._bar.set_postfix_str(note, refresh=False)
        self._bar.update(amount)
        if not self._on_terminal and (now := time.monotonic()) >= self._next_line:
            self._line(now)

    def _line(self, now: float) -> None:
        of_total = f" of {self.total:,}" if self.total is not None else ""
        count = f"{self.what}: {self.done:,}{of_total} {self.unit}"
        seconds, done = self._recent(now)
        parts = (count, self._note or self._rate(seconds, done), self._time_left(seconds, done))
        line = ", ".join(filter(None, parts))
        print(line, file=sys.stderr, flush=True)  # noqa: T201
        self._marks.append((now, self.done))
        self._next_line = now + SECONDS_BETWEEN_LINES

    def _recent(self, now: float) -> tuple[float, int]:
        """The last minutes, in seconds, and the work done in them."""
        since, done_then = self._marks[0]
        return now - since, self.done - done_then

    def _rate(self, seconds: float, done: int) -> str:
        """The recent rate; none of work that took no time that a reader would notice."""
        if seconds < 1 or not done:
            return ""
        rate = done / seconds
        return f"{rate:,.0f} {self.unit}/s" if rate >= 10 else f"{rate:.2g} {self.unit}/s"

    def _time_left(self, seconds: float, done: int) -> str:
        """The time left at the recent rate, as far as that is known."""
        if self.total is None or not done or not self.done < self.total:
            return ""
        return f"{duration((self.total - self.done) * seconds / done)} left"


def duration(seconds: float) -> str:
    """A time in words: `45 s`, `5 min` or `2 h 10 min`, rounded to what is shown."""
    if (whole := round(seconds)) < 60:
        return f"{whole} s"
    if (minutes := round(seconds / 60)) < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def sparkline(values: Sequence[float]) -> str:
    """A curve as a word: a bar for each of at most 20 parts of the values, by the part's mean."""
    if len(values) < 2:
        return ""
    count, total = min(MOST_BARS, len(values)), len(values)
    ends = [total * part // count for part in range(count + 1)]
    parts = [values[start:end] for start, end in itertools.pairwise(ends)]
    means = [sum(part) / len(part) for part in parts]
    low, high = min(means), max(means)
    scale = (len(BARS) - 1) / (high - low) if high > low else 0.0
    return "".join(BARS[round((mean - low) * scale)] for mean in means)
