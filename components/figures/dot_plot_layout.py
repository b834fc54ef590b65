"""Where the columns and rows of a dot plot lie."""

import itertools
import math
from collections.abc import Sequence
from typing import Any

from components.figures.dot_plot import DotPlot, PlotRow
from components.figures.style import BODY, INK, MUTED, SMALL, WIDE, text_width, wrapped

# All lengths are in points.
LETTERS, STEP, GAP = 10.0, 11.0, 8.0  # heights of a line of words, of an estimate; between rows
TITLE, KEY, HEADER, AXIS = 18.0, 12.0, 15.0, 30.0  # heights above and below the axes
MARGIN, SPACE = 2.0, 14.0  # at the edge, between columns


class Layout:
    """Where the columns and rows of a panel lie, in points.

    Attributes:
        width: Of the figure.
        beside: Whether names stand left of the estimates rather than above them.
        left: Left end of the axes.
        right: Their right end.
        numbers: Right end of the numbers; remarks begin behind it.
        columns: Of the legend.
        top: Upper end of the axes, from the panel's.
        starts: Upper end of every row, from that of the axes.
        tall: Height of the axes.
        height: Of the panel.
    """

    def __init__(self, plot: DotPlot, *, width: float) -> None:
        self.width = width
        names = max(text_width(row.name, size=BODY, weight="bold") for row in plot.rows)
        names = max(names, _widest([row.description for row in plot.rows]))
        self.beside = width >= WIDE and names < width / 2
        remarks = _widest([plot.remarks, *(row.remark for row in plot.rows if row.estimates)])
        self.numbers = width - MARGIN - (remarks + SPACE if remarks and self.beside else 0)
        self.left = names + SPACE if self.beside else 8.0
        self.right = self.numbers - _widest([plot.text(each) for each in plot.estimates]) - 8
        labels = [text_width(each.label, size=SMALL) + 26 for each in plot.legend]
        across = width // max(labels, default=width)
        self.columns = max(1, len(labels) if sum(labels) < width else int(across))
        self.top = (TITLE if plot.title else 0) + KEY * math.ceil(len(labels) / self.columns)
        self.top += HEADER if self.beside else 6
        heights = [self._height(row) + GAP for row in plot.rows]
        *self.starts, self.tall = itertools.accumulate(heights, initial=0.0)
        self.height = self.top + self.tall + AXIS

    def words(self, row: PlotRow) -> list[tuple[str, dict[str, Any]]]:
        """Lines of a row's name and what stands below it, with their style."""
        style: dict[str, Any] = {"size": BODY, "weight": "bold"}
        room = self.width - 2 * MARGIN
        words = [(each, style) for each in wrapped(row.name, width=room, **style)]
        below = [(row.description, MUTED)]
        if row.estimates and not self.beside:
            below.append((row.remark, INK))
        return words + [
            (line, {"size": SMALL, "color": colour})
            for text, colour in below
            if text
            for line in wrapped(text, width=room, size=SMALL)
        ]

    def _height(self, row: PlotRow) -> float:
        words, marks = LETTERS * len(self.words(row)), STEP * max(1, len(row.estimates))
        return max(words, marks) if self.beside else words + marks + 4


def _widest(texts: Sequence[str]) -> float:
    return max((text_width(each, size=SMALL) for each in texts), default=0.0)
