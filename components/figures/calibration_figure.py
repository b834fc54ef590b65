"""The figure of whether choices made with more confidence are right more often."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from components.figures.style import BLUE, BODY, INK, MUTED, NOTICE, SMALL, WIDE, blank, wrapped
from components.formats.statistics import CHANCE, Bin

PLOT, LINE = 112.0, 9.5  # heights of a panel with its ticks, of a line of words above it
BOTTOM = 16.0  # height of the label below all
SMALLEST, LARGEST = 2.2, 4.6  # markers, by the number of choices in a bin


@dataclass(frozen=True)
class Panel:
    """One model's or the experts' choices.

    Attributes:
        name: Whose.
        text: What confidence tells.
        bins: From the least to the greatest confidence.
        line: Fitted shares at rank 0 and 1; may be none.
    """

    name: str
    text: str
    bins: Sequence[Bin]
    line: tuple[float, float] | None


def draw_calibration(panels: Sequence[Panel], *, width: float, notice: str = "") -> Figure:
    """Share of right choices by rank of confidence, a panel each, the first in black.

    Args:
        panels: Experts, then the variants.
        width: In points; two panels stand beside each other, in the wide format three.
        notice: Line below the figure; empty for none.
    """
    columns = min(3 if width >= WIDE else 2, len(panels))
    rows = math.ceil(len(panels) / columns)
    room = (width - 42) / columns - 16
    names = [wrapped(each.name, width=room, size=BODY, weight="bold") for each in panels]
    texts = [wrapped(each.text, width=room, size=SMALL) for each in panels]
    lines = max(len(name) + len(text) for name, text in zip(names, texts, strict=True))
    height = rows * (PLOT + LINE * lines) + BOTTOM
    figure = blank(width=width, height=height, notice=notice)
    below = NOTICE if notice else 0.0
    foot = (below + BOTTOM) / (height + below)
    rect = (12 / width, foot, 1 - 12 / width, 1 - foot)
    figure.set_layout_engine("constrained", rect=rect, w_pad=0.04, h_pad=0.03)
    grid = figure.subplots(rows, columns, sharey=True, squeeze=False)
    for number, axes in enumerate(grid.flat):
        if number >= len(panels):
            axes.set_axis_off()
            continue
        axes.set_title(
            "\n".join(names[number]),
            loc="left",
            size=BODY,
            weight="bold",
            pad=LINE * len(texts[number]) + 7,
        )
        axes.annotate(
            "\n".join(texts[number]),
            (0, 1),
            (0, 6),
            xycoords="axes fraction",
            textcoords="offset points",
            size=SMALL,
            annotation_clip=False,
        )
        _draw_panel(axes, panels[number], colour=BLUE if number else INK)
    middle: dict[str, Any] = {"size": BODY, "ha": "center", "va": "center"}
    figure.text(0.5, (below + 8) / (height + below), "rank of confidence", **middle)
    figure.text(7 / width, (1 + foot) / 2, "original abstract chosen", rotation=90, **middle)
    return figure


def _draw_panel(axes: Axes, panel: Panel, *, colour: str) -> None:
    axes.set(xlim=(0, 1), ylim=(-0.02, 1.02))
    axes.set_xticks((0, 0.5, 1), ["least", "", "greatest"], size=SMALL)
    axes.set_yticks((0, 0.5, 1), ["0%", "50%", "100%"], size=SMALL)
    least, _, greatest = axes.get_xticklabels()
    least.set_horizontalalignment("left")
    greatest.set_horizontalalignment("right")
    axes.spines[["right", "top"]].set_visible(False)
    axes.axhline(CHANCE, color=MUTED, linewidth=0.8, dashes=(4, 3), zorder=1)
    most = max(each.total for each in panel.bins)
    for each in panel.bins:
        if each.interval is None:
            continue
        share, (low, high) = each.correct / each.total, each.interval
        error = [[max(0.0, share - low)], [max(0.0, high - share)]]
        axes.errorbar(
            each.middle,
            share,
            yerr=error,
            fmt="o",
            markersize=SMALLEST + (LARGEST - SMALLEST) * math.sqrt(each.total / most),
            color=colour,
            elinewidth=0.8,
            clip_on=False,
            zorder=3,
        )
    if panel.line:
        axes.plot((0, 1), panel.line, color=colour, linewidth=1.0, alpha=0.55, zorder=2)
