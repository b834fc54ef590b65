"""The figure of training curves: validation perplexity by epoch, a panel a model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from components.figures import numbers
from components.figures.style import (
    BLUE,
    BODY,
    NOTICE,
    RULE,
    SMALL,
    WIDE,
    axes_at,
    blank,
    wrapped,
)

PLOT, LINE, FOOT = 76.0, 9.5, 16.0  # heights: a panel, a line of words above it, its ticks
SIDE, GUTTER, BOTTOM = 46.0, 16.0, 16.0  # room on the left, between panels, below all


@dataclass(frozen=True)
class Curve:
    """Validation perplexities of one model.

    Attributes:
        name: Variant.
        points: Epochs done and perplexity per token, in order; at least one.
    """

    name: str
    points: Sequence[tuple[float, float]]


def draw_curves(curves: Sequence[Curve], *, width: float, notice: str = "") -> Figure:
    """Perplexity on a logarithmic axis that all panels share; the other curves in grey.

    Args:
        curves: At least one.
        width: In points; two panels stand beside each other, in the wide format four.
        notice: Line below the figure; empty for none.
    """
    columns = min(4 if width >= WIDE else 2, len(curves))
    rows = math.ceil(len(curves) / columns)
    room = (width - SIDE - GUTTER * (columns - 1) - 4) / columns
    names = [wrapped(each.name, width=room, size=BODY, weight="bold") for each in curves]
    head = LINE * max(map(len, names)) + 6
    row = head + PLOT + FOOT
    figure = blank(width=width, height=row * rows + BOTTOM, notice=notice)
    for number, (curve, name) in enumerate(zip(curves, names, strict=True)):
        down, across = divmod(number, columns)
        axes = axes_at(figure, SIDE + across * (room + GUTTER), down * row + head, room, PLOT)
        _draw_panel(axes, curve, curves, labelled=not across)
        axes.annotate(
            "\n".join(name),
            (0, 1),
            (0, 5),
            size=BODY,
            weight="bold",
            xycoords="axes fraction",
            textcoords="offset points",
        )
    tall = row * rows + BOTTOM + (NOTICE if notice else 0)
    figure.text(0.5, 1 - (row * rows + 6) / tall, "epochs", size=BODY, ha="center", va="center")
    figure.text(
        7 / width,
        1 - row * rows / 2 / tall,
        "validation perplexity",
        size=BODY,
        rotation=90,
        ha="center",
        va="center",
    )
    return figure


def _draw_panel(axes: Axes, curve: Curve, curves: Sequence[Curve], *, labelled: bool) -> None:
    values = [value for each in curves for _, value in each.points]
    low, high = min(values), max(values)
    axes.set_yscale("log")
    axes.set_ylim(low / 1.15, high * 1.15)
    axes.set_xlim(0, 1.04 * max([epoch for each in curves for epoch, _ in each.points] + [1.0]))
    for each in curves:
        if each is not curve:
            axes.plot(*zip(*each.points, strict=True), color=RULE, linewidth=0.5, alpha=0.5)
    axes.plot(
        *zip(*curve.points, strict=True),
        color=BLUE,
        linewidth=1.4,
        marker="o",
        markersize=2.4,
        clip_on=False,
    )
    epoch, last = curve.points[-1]
    axes.annotate(
        numbers.perplexity(last),
        (epoch, last),
        (0, 4),
        textcoords="offset points",
        size=SMALL,
        ha="right",
        va="bottom",
    )
    steps = (1.0, 2.0, 5.0) if high / low < 30 else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=steps, numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}" if labelled else ""))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.tick_params(labelsize=SMALL)
    axes.spines[["right", "top"]].set_visible(False)
