"""The figure of whether the surer choices are the right ones."""

import math
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from components.figures import wording
from components.figures.picture import Picture
from components.figures.results import Results
from components.figures.sheet import Sheet, wrapped
from components.figures.style import BLUE, BODY, INK, MUTED, SMALL, WIDE
from components.formats.field import Field
from components.formats.statistics import CHANCE, NUM_BINS, Confidence

HEAD, LINE, PLOT, FOOT = 19.0, 9.0, 88.0, 16.0  # heights: name, line of words, plot, ticks
SIDE, GUTTER = 42.0, 16.0  # room for the axis' labels on the left; between panels
BOTTOM = 16.0
SMALLEST, LARGEST = 2.2, 4.6  # marks, by the number of choices in a bin


def calibration_picture(results: Results) -> Picture:
    """The picture of accuracy by confidence: the experts, then every variant."""
    experts = results.field.experts
    panels = {experts: results.people.confidence}
    panels |= {name: each.confidence for name, each in results.human.models.items()}
    spoken = "; ".join(f"{name} {auroc(each)}" for name, each in panels.items())
    return Picture(
        name="calibration",
        title="Is who chooses with more confidence right more often?",
        caption=(
            f"Choices on human-made cases in {NUM_BINS} bins by rank of confidence, from the least"
            " to the greatest: of a model, how far the two perplexities lie apart; of"
            f" {experts.lower()}, their slider. Points are accuracy in a bin, larger ones of more"
            " choices, with Wilson's 95% intervals as if choices were independent; the line is"
            " fitted through the points, the dashed one is chance. Tied confidence shares a bin,"
            " so a bin may be empty. AUROC: the share of pairs of a right and a wrong choice in"
            " which the right one is the surer (0.50 if confidence tells nothing), with its 95%"
            " interval."
        ),
        alternative=f"Small plots of accuracy against rank of confidence: {spoken}.",
        draw=lambda width: draw_calibration(panels, width=width, field=results.field),
    )


def draw_calibration(panels: dict[str, Confidence], *, width: float, field: Field) -> Figure:
    """A panel each, the first one in black.

    Args:
        panels: Experts, then the variants.
        width: In points; two panels stand beside each other, in the wide format three.
        field: What the study is about.
    """
    columns = min(3 if width >= WIDE else 2, len(panels))
    rows = math.ceil(len(panels) / columns)
    wide = (width - SIDE - GUTTER * (columns - 1) - 4) / columns
    words = {name: wrapped(auroc(each), width=wide, size=SMALL) for name, each in panels.items()}
    head = HEAD + LINE * max(map(len, words.values()))
    row = head + PLOT + FOOT
    sheet = Sheet(width=width, height=row * rows + BOTTOM, notice=field.warning)
    for number, (name, each) in enumerate(panels.items()):
        down, across = divmod(number, columns)
        x, y = SIDE + across * (wide + GUTTER), down * row
        sheet.text(x, y + 11, name, size=BODY, weight="bold")
        for place, line in enumerate(words[name]):
            sheet.text(x, y + 21 + LINE * place, line, size=SMALL)
        axes = sheet.axes(x, y + head, wide, PLOT)
        _draw_frame(axes, labelled=across == 0)
        _draw_bins(axes, each, colour=BLUE if number else INK)
    middle = SIDE + (width - SIDE) / 2
    sheet.text(middle, row * rows + 9, "rank of confidence", size=BODY, ha="center")
    label = {"size": BODY, "ha": "center", "va": "center", "rotation": 90}
    sheet.text(7, row * rows / 2, "original abstract chosen", **label)
    return sheet.figure


def auroc(confidence: Confidence) -> str:
    """The area with its interval in words, or why there is none."""
    if confidence.roc.area is None:
        return confidence.roc.reason
    return f"AUROC {wording.number(confidence.roc.area, confidence.roc.interval)}"


def _draw_frame(axes: Axes, *, labelled: bool) -> None:
    axes.set(xlim=(0, 1), ylim=(-0.02, 1.02), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1))
    axes.set_xticklabels(["least", "", "greatest"])
    axes.set_yticklabels(["0%", "50%", "100%"] if labelled else ["", "", ""])
    axes.tick_params(labelsize=SMALL)
    least, _, greatest = axes.get_xticklabels()
    least.set_horizontalalignment("left")
    greatest.set_horizontalalignment("right")
    axes.spines[["right", "top"]].set_visible(False)
    axes.axhline(CHANCE, color=MUTED, linewidth=0.8, dashes=(4, 3), zorder=1)


def _draw_bins(axes: Axes, confidence: Confidence, *, colour: str) -> None:
    bins = confidence.bins
    most = max(each.total for each in bins.bins)
    for each in bins.bins:
        if each.interval:
            size = SMALLEST + (LARGEST - SMALLEST) * math.sqrt(each.total / most)
            x = each.middle
            style: dict[str, Any] = {"color": colour, "clip_on": False, "zorder": 3}
            axes.plot((x, x), each.interval, linewidth=0.8, **style)
            share = each.correct / each.total
            axes.plot(x, share, marker="o", markersize=size, linestyle="", **style)
    if bins.slope is not None and bins.intercept is not None:
        ends = (bins.intercept, bins.intercept + bins.slope)
        axes.plot((0, 1), ends, color=colour, linewidth=1.0, alpha=0.55, zorder=2)
