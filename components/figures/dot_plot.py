"""Dot plots: estimates with their intervals, one row for each model, pair or section."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

from components.figures import numbers
from components.figures.style import (
    BAND,
    BLUE,
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

# All lengths are in points.
LETTERS, STEP, GAP = 10.0, 11.0, 8.0  # heights of a line of words, of an estimate; between rows
TITLE, KEY, HEADER, AXIS = 18.0, 12.0, 15.0, 30.0  # heights above and below the axes
MARGIN, SPACE, APART = 2.0, 14.0, 14.0  # at the edge, between columns, between panels
TICK = 26.0  # smallest distance of two ticks, so that their labels stay apart
MARKER_SIZES = {"o": 5.5, "D": 4.2, "^": 5.6}
CENTRED = {"size": SMALL, "va": "center_baseline"}


def _widest(texts: Sequence[str]) -> float:
    return max((text_width(each, size=SMALL) for each in texts), default=0.0)


@dataclass(frozen=True)
class Series:
    """Estimates that look alike.

    Attributes:
        label: In the legend; a series without one is not in it.
        marker: As Matplotlib names it.
        colour: Of marker and interval.
        filled: Whether the marker is filled.
    """

    label: str = ""
    marker: str = "o"
    colour: str = BLUE
    filled: bool = True


@dataclass(frozen=True)
class Estimate:
    """An estimate.

    Attributes:
        value: Where the marker lies.
        interval: Low and high end; may be none.
        text: The estimate as a reader sees it.
        inner: Ends of a shorter interval, drawn thick; may be none.
    """

    value: float
    interval: tuple[float, float] | None
    text: str
    inner: tuple[float, float] | None = None


@dataclass(frozen=True)
class Row:
    """A row of a dot plot.

    Attributes:
        name: Whose estimates.
        estimates: One for each series, from top to bottom; None where a series has none.
        description: More about it, in smaller type.
        remark: What follows from the estimates, or why there are none.
        colour: Instead of the series'.
    """

    name: str
    estimates: Sequence[Estimate | None] = ()
    description: str = ""
    remark: str = ""
    colour: str = ""


@dataclass(frozen=True)
class Guide:
    """What to compare estimates with: a vertical line, a shaded interval or both.

    Attributes:
        label: In the legend.
        value: Where the line lies; None for no line.
        interval: What is shaded; may be none.
        dashed: Whether the line is dashed.
    """

    label: str
    value: float | None = None
    interval: tuple[float, float] | None = None
    dashed: bool = False


@dataclass(frozen=True)
class DotPlot:
    """A panel of a figure.

    Attributes:
        rows: From top to bottom, at least one.
        series: How the estimates of a row look, from top to bottom.
        label: What the axis measures.
        unit: How its ticks are written: percent, points or number.
        bounds: Least and greatest value possible.
        header: What the numbers beside the axes are.
        remarks: What the rows' remarks are.
        guides: What to compare estimates with.
        title: In a figure of several panels.
    """

    rows: Sequence[Row]
    series: Sequence[Series]
    label: str
    unit: str
    bounds: tuple[float, float]
    header: str = ""
    remarks: str = ""
    guides: Sequence[Guide] = ()
    title: str = ""

    @property
    def estimates(self) -> list[Estimate]:
        """All estimates, row by row."""
        return [each for row in self.rows for each in row.estimates if each]

    def limits(self) -> tuple[float, float]:
        """The ends of the axis: all that is drawn and a little room."""
        drawn: list[Estimate | Guide] = [*self.estimates, *self.guides]
        values = [each.value for each in drawn if each.value is not None]
        ends = [each.interval for each in drawn] + [each.inner for each in self.estimates]
        shown = [*values, *itertools.chain.from_iterable(each for each in ends if each)]
        low, high = min(shown, default=0.0), max(shown, default=1.0)
        room = 0.04 * (high - low) or 0.1
        return max(low - room, self.bounds[0]), min(high + room, self.bounds[1])


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
        self.right = self.numbers - _widest([each.text for each in plot.estimates]) - 8
        labels = [text_width(each.label, size=SMALL) + 26 for each in _labelled(plot)]
        across = width // max(labels, default=width)
        self.columns = max(1, len(labels) if sum(labels) < width else int(across))
        self.top = (TITLE if plot.title else 0) + KEY * math.ceil(len(labels) / self.columns)
        self.top += HEADER if self.beside else 6
        heights = [self._height(row) + GAP for row in plot.rows]
        *self.starts, self.tall = itertools.accumulate(heights, initial=0.0)
        self.height = self.top + self.tall + AXIS

    def words(self, row: Row) -> list[tuple[str, dict[str, Any]]]:
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

    def _height(self, row: Row) -> float:
        words, marks = LETTERS * len(self.words(row)), STEP * max(1, len(row.estimates))
        return max(words, marks) if self.beside else words + marks + 4


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
        for row, start in zip(plot.rows, layout.starts, strict=True):
            _draw_row(axes, row, plot.series, layout, start=start + GAP / 2)
        down += layout.height + APART
    return figure


def _write(axes: Axes, x: float, y: float, text: str, **style: Any) -> None:  # noqa: ANN401
    """Writes at x from the figure's left edge and y from the upper end of the axes, in points."""
    axes.annotate(text, (x, y), xycoords=("figure points", "data"), **style)


def _draw_head(axes: Axes, plot: DotPlot, layout: Layout) -> None:
    """Legend and what the columns are, above the axes, where no data can be."""
    if layout.beside:
        _write(axes, layout.numbers, -4, plot.header, size=SMALL, ha="right")
        _write(axes, layout.numbers + SPACE, -4, plot.remarks, size=SMALL)
    axes.legend(
        [_handle(each) for each in _labelled(plot)],
        [each.label for each in _labelled(plot)],
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
    axes: Axes, row: Row, series: Sequence[Series], layout: Layout, *, start: float
) -> None:
    words = layout.words(row)
    high, tall = LETTERS * len(words), STEP * max(1, len(row.estimates))
    y, first = start, start + high + 4
    if layout.beside:
        y, first = start + max(0, tall - high) / 2, start + max(0, high - tall) / 2
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}  # lines may run through
    for number, (text, style) in enumerate(words, start=1):
        _write(axes, MARGIN, y + LETTERS * number - 2, text, bbox=ground, **style)
    for number, (each, look) in enumerate(zip(row.estimates, series, strict=False)):
        if each:
            _draw_estimate(axes, each, look, layout, row=row, y=first + STEP * (number + 0.5))
    middle = first + tall / 2
    if not row.estimates:
        why = {"style": "italic", "color": MUTED}
        _write(axes, layout.left + 4, middle, row.remark, **CENTRED, **why)
    elif layout.beside:
        _write(axes, layout.numbers + SPACE, middle, row.remark, **CENTRED)


def _draw_estimate(
    axes: Axes, each: Estimate, look: Series, layout: Layout, *, row: Row, y: float
) -> None:
    colour, error = row.colour or look.colour, None
    if each.interval:
        low, high = each.interval
        error = [[max(0.0, each.value - low)], [max(0.0, high - each.value)]]
    thick = 1.6 if look.filled and not each.inner else 0.8
    style = _marker(look, colour) | {"clip_on": False, "elinewidth": thick}
    axes.errorbar(each.value, y, xerr=error, **style)
    if each.inner:
        axes.hlines(y, *each.inner, color=colour, linewidth=2.6)
    ink = INK if look.filled else MUTED
    _write(axes, layout.numbers, y, each.text, ha="right", color=ink, **CENTRED)


def _labelled(plot: DotPlot) -> list[Series | Guide]:
    """What the legend explains."""
    shown: list[Series | Guide] = [*plot.series, *plot.guides]
    return [each for each in shown if each.label]


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
