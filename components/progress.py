"""Progress of long work: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from types import TracebackType
from typing import Self

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 10.0


class Progress:
    """Counts work done: a bar on a terminal, a line every ten seconds in a pod or a log.

    Args:
        what: What is counted, shown in front.
        total: How much there is in all, where that is known.
        unit: Unit of `total`, in the plural.
        done: How much was done before, when work is resumed.
    """

    def __init__(self, what: str, *, total: int | None, unit: str, done: int = 0) -> None:
        self.what, self.total, self.unit, self.done = what, total, unit, done
        self._note = ""
        self._next_line = time.monotonic() + SECONDS_BETWEEN_LINES
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
            self._line()

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
        if not self._on_terminal and time.monotonic() >= self._next_line:
            self._line()

    def _line(self) -> None:
        note = f", {self._note}" if self._note else ""
        of_total = f" of {self.total:,}" if self.total is not None else ""
        line = f"{self.what}: {self.done:,}{of_total} {self.unit}{note}"
        print(line, file=sys.stderr, flush=True)  # noqa: T201
        self._next_line = time.monotonic() + SECONDS_BETWEEN_LINES
