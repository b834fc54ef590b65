"""The calibration figure: accuracy by rank of confidence."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from components.figures.style import (
    BLUE,
    BODY,
    MUTED,
    NOTICE,
    SMALL,
    WIDE,
    axes_at,
    blank,
    wrapped,
)
from components.formats.statistics import CHANCE, Bin

PLOT, LINE, FOOT = 88.0, 9.5, 16.0  # heights: a panel, a line of words above it, its ticks
SIDE, GUTTER = 42.0, 16.0  # room for the axis' labels on the left; between panels
BOTTOM = 16.0  # height of the label below all
SMALLEST, LARGEST = 2.2, 4.6  # markers, by the number of choices in a bin


@dataclass(frozen=True)
class Panel:
    """One model's or the experts' choices."""

    name: str  # variant or experts
    text: str  # their AUROC, or why there is none
    bins: Sequence[Bin]  # from the least to the greatest confidence
    line: tuple[float, float] | None  # fitted shares at rank 0 and 1; may be none
    colour: str = BLUE  # of points and line


def draw_calibration(panels: Sequence[Panel], *, width: float, notice: str = "") -> Figure:
    """Share of right choices by rank of confidence, a panel each.

    Args:
        panels: Experts, then the variants.
        width: In points; two panels stand beside each other, in the wide format three.
        notice: Line below the figure; empty for none.
    """
    columns = min(3 if width >= WIDE else 2, len(panels))
    rows = math.ceil(len(panels) / columns)
    room = (width - SIDE - GUTTER * (columns - 1) - 4) / columns
    names = [wrapped(each.name, width=room, size=BODY, weight="bold") for each in panels]
    texts = [wrapped(each.text, width=room, size=SMALL) for each in panels]
    lines = max(len(name) + len(text) for name, text in zip(names, texts, strict=True))
    head = LINE * lines + 9
    row = head + PLOT + FOOT
    figure = blank(width=width, height=row * rows + BOTTOM, notice=notice)
    # Explicit places rather than a layout solver's, so that each run gives the same bytes.
    for number, (panel, name, text) in enumerate(zip(panels, names, texts, strict=True)):
        down, across = divmod(number, columns)
        axes = axes_at(figure, SIDE + across * (room + GUTTER), down * row + head, room, PLOT)
        _draw_panel(axes, panel, labelled=not across)
        above: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
        axes.annotate("\n".join(text), (0, 1), (0, 6), size=SMALL, **above)
        up = LINE * len(text) + 7
        axes.annotate("\n".join(name), (0, 1), (0, up), size=BODY, weight="bold", **above)
    middle: dict[str, Any] = {"size": BODY, "ha": "center", "va": "center"}
    tall = row * rows + BOTTOM + (NOTICE if notice else 0)
    figure.text(0.5, 1 - (row * rows + 6) / tall, "rank of confidence", **middle)
    y = 1 - row * rows / 2 / tall
    figure.text(7 / width, y, "original abstract chosen", rotation=90, **middle)
    return figure


def _draw_panel(axes: Axes, panel: Panel, *, labelled: bool) -> None:
    axes.set(xlim=(0, 1), ylim=(-0.02, 1.02))
    axes.set_xticks((0, 0.5, 1), ["least", "", "greatest"], size=SMALL)
    shares = ["0%", "50%", "100%"] if labelled else ["", "", ""]
    axes.set_yticks((0, 0.5, 1), shares, size=SMALL)
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
            color=panel.colour,
            elinewidth=0.8,
            clip_on=False,
            zorder=3,
        )
    if panel.line:
        axes.plot((0, 1), panel.line, color=panel.colour, linewidth=1.0, alpha=0.55, zorder=2)
