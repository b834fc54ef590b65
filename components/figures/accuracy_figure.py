"""The figure of every variant's accuracy beside the human experts'."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from components.figures import wording
from components.figures.accuracy import CHANCE, Accuracy
from components.figures.field import Field
from components.figures.participants import Experts
from components.figures.picture import Picture
from components.figures.scores import Score
from components.figures.sheet import Sheet
from components.figures.style import (
    BAND,
    BLUE,
    BODY,
    INK,
    MUTED,
    SMALL,
    WIDE,
)

KEY, LINES, AXIS = 18.0, 14.0, 30.0  # heights of the key, the lines' names and the axis
MARKS = {"human": "Filled circles", "machine": "Open diamonds"}
ABOVE, BELOW = -5.5, 5.5  # human- and machine-made cases within a row
NUMBERS = 84.0  # width of the column of numbers
TICK = 26.0  # smallest distance of two ticks, so that their labels stay apart


@dataclass(frozen=True)
class Line:
    """One row of the figure: who chose, and how well by who made the cases."""

    name: str
    description: str
    accuracy: dict[str, Accuracy]


def accuracy_picture(scores: Sequence[Score], experts: Experts, *, field: Field) -> Picture:
    """The picture of all accuracies.

    Args:
        scores: Of every variant, in the order to show.
        experts: Whom they are compared with.
        field: What the study is about.
    """
    trials = " + ".join(f"{each.total:,}" for each in experts.accuracy.values())
    people = wording.count(experts.num_participants, "participant")
    lines = [
        Line(field.experts, f"{people}, {trials} trials", experts.accuracy),
        *(Line(each.variant.name, each.variant.description, each.accuracy) for each in scores),
    ]
    numbers = {author: each.total for author, each in scores[0].accuracy.items()}
    marks = ". ".join(
        f"{MARKS[author]}: {author}-made cases (n\u00a0=\u00a0{number:,})"
        for author, number in numbers.items()
    )
    spoken = "; ".join(f"{line.name} {wording.accuracy(line.accuracy['human'])}" for line in lines)
    return Picture(
        name="accuracy",
        title=f"How often the original abstract was chosen in BrainBench cases of {field.name}.",
        caption=(
            f"{marks}. Bars are Wilson's 95%"
            " intervals, over cases for models and over single trials for"
            f" {field.experts.lower()}; the grey band is the latter's interval on human-made cases,"
            " the dashed line is chance. All variants answered the same cases, so overlapping bars"
            " are no test of two variants against each other."
        ),
        alternative=f"Dot plot of accuracy on human-made cases, with 95% intervals: {spoken}.",
        draw=lambda width: draw_accuracy(lines, numbers=numbers, width=width, notice=field.warning),
    )


def draw_accuracy(
    lines: Sequence[Line], *, numbers: dict[str, int], width: float, notice: str = ""
) -> Figure:
    """Every line's accuracy as points with 95 % intervals; the first line's as a band too.

    Args:
        lines: Human experts, then the variants.
        numbers: How many cases the variants answered, by who made them.
        width: In points; below the wide format, names stand above their points.
        notice: Line below the figure; empty for none.
    """
    wide = width >= WIDE
    left, row, down = (226.0, 30.0, 15.0) if wide else (8.0, 54.0, 38.0)
    top, tall = KEY + LINES, row * len(lines)
    sheet = Sheet(width=width, height=top + tall + AXIS, notice=notice)
    across = width - left - NUMBERS
    axes = sheet.axes(left, top, across, tall)
    _draw_frame(axes, lines, across=across, tall=tall)
    _draw_key(sheet, numbers)
    for number, line in enumerate(lines):
        middle = number * row + down
        _draw_label(sheet, line, y=top + number * row + (12.0 if wide else 13.0))
        for author, offset in (("human", ABOVE), ("machine", BELOW)):
            if author in line.accuracy:
                value = line.accuracy[author]
                _draw_point(axes, value, y=middle + offset, author=author, experts=number == 0)
                _draw_number(sheet, value, y=top + middle + offset, author=author)
    return sheet.figure


def _draw_frame(axes: Axes, lines: Sequence[Line], *, across: float, tall: float) -> None:
    """The axis, the experts' band and the line of chance, both named above the plot."""
    bounds = [each.interval for line in lines for each in line.accuracy.values()]
    low = math.floor(10 * min(CHANCE, *(each.low for each in bounds)) - 0.25) / 10
    high = math.ceil(10 * max(CHANCE, *(each.high for each in bounds)) + 0.25) / 10
    axes.set(xlim=(max(low, 0.0), min(high, 1.0)), ylim=(tall, 0), yticks=[])
    axes.xaxis.set_major_locator(MaxNLocator(max(2, int(across // TICK)), steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    axes.set_xlabel("original abstract chosen", fontsize=BODY, labelpad=2)
    axes.tick_params(labelsize=SMALL)
    axes.spines[["left", "right", "top"]].set_visible(False)
    axes.patch.set_visible(False)
    experts = lines[0].accuracy["human"]
    axes.axvspan(*experts.interval, color=BAND, linewidth=0, zorder=0)
    axes.axvline(experts.share, color=INK, linewidth=0.8, zorder=1)
    axes.axvline(CHANCE, color=MUTED, linewidth=0.8, dashes=(4, 3), zorder=1)
    right = experts.share >= CHANCE
    names = ((experts.share, lines[0].name, right), (CHANCE, "chance", not right))
    for place, name, rightwards in names:
        side, shift = ("left", -1) if rightwards else ("right", 1)
        axes.annotate(
            name, (place, 0), (shift, 3), textcoords="offset points", ha=side, fontsize=SMALL
        )


def _draw_key(sheet: Sheet, numbers: dict[str, int]) -> None:
    """What the two kinds of marks and the numbers mean, on top, where no data can be."""
    for author, x in zip(numbers, (6.0, 128.0), strict=False):
        sheet.line((x,), (7.0,), **_mark(author, BLUE))
        text = f"{author}-made cases, n = {numbers[author]:,}"
        sheet.text(x + 7, 7, text, size=SMALL, va="center_baseline")
    if sheet.width >= WIDE:
        style = {"size": SMALL, "ha": "right", "va": "center_baseline"}
        sheet.text(sheet.width - 2, 7, "accuracy (95% interval)", **style)


def _draw_label(sheet: Sheet, line: Line, *, y: float) -> None:
    """Who chose, on white: above the points, the band and the lines would run through it."""
    ground = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
    sheet.text(2, y, line.name, size=BODY, weight="bold", bbox=ground)
    sheet.text(2, y + 10, line.description, size=SMALL, color=MUTED, bbox=ground)


def _draw_point(axes: Axes, value: Accuracy, *, y: float, author: str, experts: bool) -> None:
    colour = INK if experts else BLUE
    width = 1.6 if author == "human" else 0.8
    axes.plot(value.interval, (y, y), color=colour, linewidth=width, solid_capstyle="butt")
    axes.plot(value.share, y, clip_on=False, **_mark(author, colour))


def _draw_number(sheet: Sheet, value: Accuracy, *, y: float, author: str) -> None:
    colour = INK if author == "human" else MUTED
    text = wording.accuracy(value)
    sheet.text(sheet.width - 2, y, text, size=SMALL, ha="right", va="center_baseline", color=colour)


def _mark(author: str, colour: str) -> dict[str, Any]:
    if author == "human":
        return {"marker": "o", "markersize": 5.5, "color": colour, "linestyle": ""}
    face = {"markerfacecolor": "white", "markeredgewidth": 0.9}
    return {"marker": "D", "markersize": 4.2, "color": colour, "linestyle": "", **face}
