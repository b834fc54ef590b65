"""The figure of training curves: perplexity by the tokens trained on, a panel a model."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from components.figures import numbers
from components.figures.style import (
    BLUE,
    BODY,
    PALE_BLUE,
    POINTS_PER_INCH,
    RULE,
    SMALL,
    VERMILION,
    WIDE,
    axes_at,
    blank,
    wrapped,
)

PLOT, LINE, FOOT = 76.0, 9.5, 16.0  # heights: a panel, a line of words above it, its ticks
SIDE, GUTTER, BOTTOM = 46.0, 16.0, 16.0  # room on the left, between panels, below all
LEGEND = 12.0
KINDS: dict[str, dict[str, Any]] = {  # of a panel's own lines
    "training": {"color": PALE_BLUE, "linewidth": 0.9},
    "published": {"color": VERMILION, "linewidth": 1.0, "linestyle": (0, (4, 2))},
    "points": {"color": BLUE, "linewidth": 1.4, "marker": "o", "markersize": 2.4},
}
LABELS = {"training": "training", "published": "validation, published", "points": "validation"}
OTHERS: dict[str, Any] = {
    "color": RULE,
    "linewidth": 0.5,
    "alpha": 0.5,
    "marker": ".",
    "markersize": 1.5,
}


@dataclass(frozen=True)
class Curve:
    """How one model's training went."""

    name: str  # the variant's
    # Tokens or epochs done and validation perplexity per token, in order; at least one
    points: Sequence[tuple[float, float]]
    unit: str = "tokens"  # of what was done: `tokens` or `epochs`
    # Tokens done and training loss in nats per token; may be empty
    losses: Sequence[tuple[float, float]] = ()
    # Tokens done and perplexity of the original study's training; may be empty
    published: Sequence[tuple[float, float]] = ()
    bits_per_byte: float | None = None  # at the last point; None where that is not recorded

    @property
    def training(self) -> list[tuple[float, float]]:
        """Tokens done and training perplexity, without the first tenth, which is much higher."""
        last = self.points[-1][0]
        return [(done, math.exp(loss)) for done, loss in self.losses if done >= last / 10]

    @property
    def shown(self) -> list[tuple[float, float]]:
        """All points of its panel that are its own."""
        return [*self.points, *self.training, *self.published]


def draw_curves(curves: Sequence[Curve], *, width: float, notice: str = "") -> Figure:
    """Perplexity on a logarithmic axis that all panels share; other models' validation in grey.

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
    scale, label = _scale(curves)
    kinds = [kind for kind in KINDS if any(getattr(each, kind) for each in curves)]
    below = BOTTOM + (LEGEND if len(kinds) > 1 else 0)
    figure = blank(width=width, height=row * rows + below, notice=notice)
    for number, (curve, name) in enumerate(zip(curves, names, strict=True)):
        down, across = divmod(number, columns)
        axes = axes_at(figure, SIDE + across * (room + GUTTER), down * row + head, room, PLOT)
        _draw_panel(axes, curve, curves, labelled=not across, scale=scale)
        axes.annotate(
            "\n".join(name),
            (0, 1),
            (0, 5),
            size=BODY,
            weight="bold",
            xycoords="axes fraction",
            textcoords="offset points",
        )
    tall = figure.get_figheight() * POINTS_PER_INCH
    figure.text(0.5, 1 - (row * rows + 6) / tall, label, size=BODY, ha="center", va="center")
    if len(kinds) > 1:
        figure.legend(
            handles=[Line2D([], [], label=LABELS[kind], **KINDS[kind]) for kind in kinds],
            loc="upper center",
            bbox_to_anchor=(0.5, 1 - (row * rows + 11) / tall),
            ncols=len(kinds),
            fontsize=SMALL,
            frameon=False,
            borderpad=0,
            borderaxespad=0,
            columnspacing=1.2,
            handlelength=1.6,
            handletextpad=0.4,
        )
    figure.text(
        7 / width,
        1 - row * rows / 2 / tall,
        "perplexity",
        size=BODY,
        rotation=90,
        ha="center",
        va="center",
    )
    return figure


def _scale(curves: Sequence[Curve]) -> tuple[float, str]:
    """How many tokens or epochs a unit of the axis is, and the axis' label."""
    if curves[0].unit == "epochs":
        return 1.0, "epochs"
    most = max(done for each in curves for done, _ in each.shown)
    names = {1e9: "billions of training tokens", 1e6: "millions of training tokens"}
    size = next((size for size in names if most >= 2 * size), 1e3)
    return size, names.get(size, "thousands of training tokens")


def _draw_panel(
    axes: Axes, curve: Curve, curves: Sequence[Curve], *, labelled: bool, scale: float
) -> None:
    values = [value for each in curves for _, value in each.shown]
    low, high = min(values), max(values)
    axes.set_yscale("log")
    axes.set_ylim(low / 1.15, high * 1.15)
    most = max([done for each in curves for done, _ in each.shown] + [scale])
    axes.set_xlim(0, 1.04 * most / scale)
    for each in curves:
        if each is not curve:
            axes.plot(*_line(each.points, scale), **OTHERS)
    for kind, style in KINDS.items():
        if points := getattr(curve, kind):
            axes.plot(*_line(points, scale), **style, clip_on=False)
    text = numbers.perplexity(curve.points[-1][1])
    if curve.bits_per_byte is not None:
        text += f" ({numbers.number(curve.bits_per_byte)} bits/byte)"
    axes.annotate(
        text,
        (1, 1),
        (0, -2),
        xycoords="axes fraction",
        textcoords="offset points",
        size=SMALL,
        ha="right",
        va="top",
    )
    steps = (1.0, 2.0, 5.0) if high / low < 30 else (1.0,)
    axes.yaxis.set_major_locator(LogLocator(subs=steps, numticks=8))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}" if labelled else ""))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.tick_params(labelsize=SMALL)
    axes.spines[["right", "top"]].set_visible(False)


def _line(points: Sequence[tuple[float, float]], scale: float) -> tuple[list[float], list[float]]:
    return [done / scale for done, _ in points], [value for _, value in points]
