"""The figures of dot plots."""

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

from components.figures import numbers
from components.figures.dot_plot import DotPlot, Guide, PlotRow, Series
from components.figures.style import (
    BAND,
    BODY,
    INK,
    MUTED,
    SMALL,
    WIDE,
    axes_at,
    blank,
    panel_title,
    text_width,
    wrapped,
)
from components.formats.statistics import Estimate

# All lengths are in points.
LETTERS, STEP, GAP = 10.0, 11.0, 8.0  # heights of a line of words, of an estimate; between rows
TITLE, KEY, HEADER, AXIS = 18.0, 12.0, 15.0, 30.0  # heights above and below the axes
MARGIN, SPACE = 2.0, 14.0  # at the edge, between columns
MOST_NAMES, LEAST_AXES = 190.0, 110.0  # widths of names beside estimates, and of the axes there
APART = 14.0  # between panels
TICK = 26.0  # smallest distance of two ticks, so that their labels stay apart
MARKER_SIZES = {"o": 5.5, "D": 4.2, "^": 5.6}
Words = list[tuple[str, dict[str, Any]]]  # lines with their style
CENTRED = {"size": SMALL, "va": "center_baseline"}


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
        words: Lines of each row's name and what stands below it, with their style.
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
        self.words = [self._words(row) for row in plot.rows]
        pairs = zip(plot.rows, self.words, strict=True)
        heights = [self._height(row, words) + GAP for row, words in pairs]
        *self.starts, self.tall = itertools.accumulate(heights, initial=0.0)
        self.height = self.top + self.tall + AXIS

    def _set_columns(self, plot: DotPlot, *, beside: bool) -> None:
        names = max(text_width(row.name, size=BODY, weight="bold") for row in plot.rows)
        names = max(names, _widest(row.description for row in plot.rows))
        shown = [row.remark for row in plot.rows if row.estimates]
        remarks = _widest([plot.remarks_header, *shown])
        self.beside = beside
        self.names = min(names + 1, MOST_NAMES) if beside else self.width - 2 * MARGIN
        self.numbers = self.width - MARGIN - (remarks + SPACE if remarks and beside else 0)
        self.left = self.names + SPACE if beside else 8.0
        self.right = self.numbers - _widest([plot.text(each) for each in plot.estimates]) - 8

    def _words(self, row: PlotRow) -> Words:
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

    def _height(self, row: PlotRow, words: Words) -> float:
        high, marks = LETTERS * len(words), STEP * max(1, len(row.estimates))
        return max(high, marks) if self.beside else high + marks + 4


def _widest(texts: Iterable[str]) -> float:
    return max((text_width(each, size=SMALL) for each in texts), default=0.0)


def draw_dot_plots(plots: Sequence[DotPlot], *, width: float, notice: str = "") -> Figure:
    """Panels one below the other, with letters where they are several.

    Args:
        plots: At least one.
        width: In points; below the wide format, names stand above their estimates.
        notice: Line below the figure; empty for none.
    """
    layouts = [Layout(plot, width=width) for plot in plots]
    height = sum(each.height for each in layouts) + APART * (len(plots) - 1)
    figure, down = blank(width=width, height=height, notice=notice), 0.0
    for number, (plot, layout) in enumerate(zip(plots, layouts, strict=True)):
        across = layout.right - layout.left
        axes = axes_at(figure, layout.left, down + layout.top, across, layout.tall)
        if plot.title:
            letter = "abcdef"[number] if len(plots) > 1 else ""
            panel_title(figure, letter, plot.title, x=MARGIN, y=down + 11)
        _draw_head(axes, plot, layout)
        _draw_frame(axes, plot, layout)
        for row, words, start in zip(plot.rows, layout.words, layout.starts, strict=True):
            _draw_row(axes, row, words, plot, layout, start=start + GAP / 2)
        down += layout.height + APART
    return figure


def _write(axes: Axes, x: float, y: float, text: str, **style: Any) -> None:  # noqa: ANN401
    """Writes at x from the figure's left edge and y from the upper end of the axes, in points."""
    axes.annotate(text, (x, y), xycoords=("figure points", "data"), **style)


def _draw_head(axes: Axes, plot: DotPlot, layout: Layout) -> None:
    """Legend and what the columns are, above the axes, where no data can be."""
    if layout.beside:
        _write(axes, layout.numbers, -4, plot.header, size=SMALL, ha="right")
        _write(axes, layout.numbers + SPACE, -4, plot.remarks_header, size=SMALL)
    axes.legend(
        [_handle(each) for each in plot.legend],
        [each.label for each in plot.legend],
        loc="upper left",
        bbox_to_anchor=(0, (TITLE if plot.title else 2) - layout.top),
        bbox_transform=blended_transform_factory(axes.figure.transFigure, axes.transData),
        ncols=layout.columns,
        fontsize=SMALL,
        frameon=False,
        borderpad=0.2,
        borderaxespad=0,
        handlelength=1.5,
        handletextpad=0.5,
        columnspacing=1.5,
    )


def _draw_frame(axes: Axes, plot: DotPlot, layout: Layout) -> None:
    axes.set(xlim=plot.limits(), ylim=(layout.tall, 0), yticks=[])
    number = min(9, max(2, int((layout.right - layout.left) // TICK)))
    axes.xaxis.set_major_locator(MaxNLocator(number, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _: numbers.tick(value, unit=plot.unit))
    axes.tick_params(labelsize=SMALL)
    # Below the middle of the axes, or as near to it as the sheet allows.
    half, across = text_width(plot.label, size=BODY) / 2 + MARGIN, layout.right - layout.left
    middle = min(max(layout.left + across / 2, half), layout.width - half)
    axes.set_xlabel(plot.label, size=BODY, x=(middle - layout.left) / across)
    axes.spines[["left", "right", "top"]].set_visible(False)
    for guide in plot.guides:
        if guide.interval:
            axes.axvspan(*guide.interval, color=BAND, linewidth=0, zorder=0)
        if guide.value is not None:
            axes.axvline(guide.value, zorder=1, **_line(guide))


def _draw_row(
    axes: Axes, row: PlotRow, words: Words, plot: DotPlot, layout: Layout, *, start: float
) -> None:
    high, tall = LETTERS * len(words), STEP * max(1, len(row.estimates))
    y, first = start, start + high + 4
    if layout.beside:
        y, first = start + max(0, tall - high) / 2, start + max(0, high - tall) / 2
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}  # lines may run through
    for number, (text, style) in enumerate(words, start=1):
        _write(axes, MARGIN, y + LETTERS * number - 2, text, bbox=ground, **style)
    for number, (each, look) in enumerate(zip(row.estimates, plot.series, strict=False)):
        if each:
            y = first + STEP * (number + 0.5)
            colour = INK if row.is_black else look.colour
            _draw_estimate(axes, each, look, layout, text=plot.text(each), y=y, colour=colour)
    middle = first + tall / 2
    if not layout.beside:
        return
    if not row.estimates:
        why = {"style": "italic", "color": MUTED}
        _write(axes, layout.left + 4, middle, row.remark, **CENTRED, **why)
    else:
        _write(axes, layout.numbers + SPACE, middle, row.remark, **CENTRED)


def _draw_estimate(
    axes: Axes,
    each: Estimate,
    look: Series,
    layout: Layout,
    *,
    text: str,
    y: float,
    colour: str,
) -> None:
    assert each.value is not None
    error = None
    if each.interval:
        low, high = each.interval
        error = [[max(0.0, each.value - low)], [max(0.0, high - each.value)]]
    thick = 1.6 if look.filled and not each.inner else 0.8
    style = _marker(look, colour) | {"clip_on": False, "elinewidth": thick}
    axes.errorbar(each.value, y, xerr=error, **style)
    if each.inner:
        axes.hlines(y, *each.inner, color=colour, linewidth=2.6)
    ink = INK if look.filled else MUTED
    _write(axes, layout.numbers, y, text, ha="right", color=ink, **CENTRED)


def _handle(each: Series | Guide) -> Artist | tuple[Artist, ...]:
    """How the legend draws it."""
    if isinstance(each, Series):
        return Line2D([], [], **_marker(each, each.colour))
    line = () if each.value is None else (Line2D([], [], **_line(each)),)
    return (*([Patch(color=BAND, linewidth=0)] if each.interval else []), *line)


def _marker(look: Series, colour: str) -> dict[str, Any]:
    face = {} if look.filled else {"markerfacecolor": "white", "markeredgewidth": 0.9}
    size = MARKER_SIZES[look.marker]
    return {"marker": look.marker, "markersize": size, "color": colour, "linestyle": "", **face}


def _line(guide: Guide) -> dict[str, Any]:
    style = {"color": MUTED, "dashes": (4, 3)} if guide.dashed else {"color": INK}
    return {"linewidth": 0.8, **style}
