"""The figures of dot plots."""

from collections.abc import Sequence
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
from components.figures.dot_plot_layout import GAP, LETTERS, MARGIN, SPACE, STEP, TITLE, Layout
from components.figures.style import (
    BAND,
    BODY,
    INK,
    MUTED,
    SMALL,
    axes_at,
    blank,
    panel_title,
    text_width,
)
from components.formats.statistics import Estimate

APART = 14.0  # between panels, in points
TICK = 26.0  # smallest distance of two ticks, so that their labels stay apart
MARKER_SIZES = {"o": 5.5, "D": 4.2, "^": 5.6}
CENTRED = {"size": SMALL, "va": "center_baseline"}


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
            _draw_row(axes, row, plot, layout, start=start + GAP / 2)
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


def _draw_row(axes: Axes, row: PlotRow, plot: DotPlot, layout: Layout, *, start: float) -> None:
    words = layout.words(row)
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
            colour = row.colour or look.colour
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
