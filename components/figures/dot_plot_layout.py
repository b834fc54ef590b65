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
MOST_NAMES, LEAST_AXES = 190.0, 110.0  # widths of names beside estimates, and of the axes there


class Layout:
    """Where the columns and rows of a panel lie, in points.

    Attributes:
        width: Of the figure.
        beside: Whether names stand left of the estimates rather than above them.
        names: Room for names and descriptions.
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
        self._set_columns(plot, beside=width >= WIDE)
        if self.beside and self.right - self.left < LEAST_AXES:
            self._set_columns(plot, beside=False)
        labels = [text_width(each.label, size=SMALL) + 26 for each in plot.legend]
        across = width // max(labels, default=width)
        self.columns = max(1, len(labels) if sum(labels) < width else int(across))
        self.top = (TITLE if plot.title else 0) + KEY * math.ceil(len(labels) / self.columns)
        self.top += HEADER if self.beside else 6
        heights = [self._height(row) + GAP for row in plot.rows]
        *self.starts, self.tall = itertools.accumulate(heights, initial=0.0)
        self.height = self.top + self.tall + AXIS

    def _set_columns(self, plot: DotPlot, *, beside: bool) -> None:
        names = max(text_width(row.name, size=BODY, weight="bold") for row in plot.rows)
        names = max(names, _widest([row.description for row in plot.rows]))
        remarks = _widest([plot.remarks, *(row.remark for row in plot.rows if row.estimates)])
        self.beside = beside
        self.names = min(names + 1, MOST_NAMES) if beside else self.width - 2 * MARGIN
        self.numbers = self.width - MARGIN - (remarks + SPACE if remarks and beside else 0)
        self.left = self.names + SPACE if beside else 8.0
        self.right = self.numbers - _widest([plot.text(each) for each in plot.estimates]) - 8

    def words(self, row: PlotRow) -> list[tuple[str, dict[str, Any]]]:
        """Lines of a row's name and what stands below it, with their style."""
        style: dict[str, Any] = {"size": BODY, "weight": "bold"}
        words = [(each, style) for each in wrapped(row.name, width=self.names, **style)]
        below = [(row.description, MUTED)]
        if not self.beside:
            below.append((row.remark, INK if row.estimates else MUTED))
        return words + [
            (line, {"size": SMALL, "color": colour})
            for text, colour in below
            if text
            for line in wrapped(text, width=self.names, size=SMALL)
        ]

    def _height(self, row: PlotRow) -> float:
        words, marks = LETTERS * len(self.words(row)), STEP * max(1, len(row.estimates))
        return max(words, marks) if self.beside else words + marks + 4


def _widest(texts: Sequence[str]) -> float:
    return max((text_width(each, size=SMALL) for each in texts), default=0.0)
