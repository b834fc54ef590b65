"""The figure of the two vocabularies: what they share, and how many terms of the field each has."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle
from matplotlib.ticker import MaxNLocator
from scipy.optimize import brentq

from components.figures import numbers
from components.figures.style import (
    BAND,
    BODY,
    INK,
    MUTED,
    PALE_BLUE,
    PALE_ORANGE,
    POINTS_PER_INCH,
    SMALL,
    WIDE,
    axes_at,
    blank,
    panel_title,
    text_width,
    wrapped,
)
from components.formats.terms import VOCABULARIES, Part, VocabularyMetrics

PANEL = 118.0  # height of a panel
EXAMPLES = {"wide": 62.0, "narrow": 92.0}  # height of the panel with examples
RADIUS = 44.0  # of the circle of the larger vocabulary
LINE = 10.0
FILL: dict[Part, str] = {"pretrained": PALE_ORANGE, "both": BAND, "domain": PALE_BLUE}


def draw_vocabulary(
    vocabularies: VocabularyMetrics,
    *,
    examples: Mapping[Part, Sequence[str]],
    width: float,
    notice: str = "",
) -> Figure:
    """Shared tokens as overlapping circles, the share of the field's terms as bars, and examples.

    Args:
        vocabularies: What to show.
        examples: Terms of the field, by the vocabularies that they are in.
        width: In points; below the wide format, the panels stand one below the other.
        notice: Line below the figure; empty for none.
    """
    if vocabularies.language_model:
        notice = f"Terms tagged by {vocabularies.tagger}. {notice}".strip()
    wide = width >= WIDE
    below = PANEL * (1 if wide else 2)
    height = EXAMPLES["wide" if wide else "narrow"]
    figure = blank(width=width, height=below + 18 + height, notice=notice)
    panel = width / 2 - 12 if wide else width
    x, y = (width - panel, 0.0) if wide else (0.0, PANEL)
    sizes = vocabularies.vocabulary_size
    panel_title(figure, "a", "Tokens of the two vocabularies", x=2, y=12)
    panel_title(figure, "b", "Tokens that are terms of the field", x=x + 2, y=y + 12)
    panel_title(figure, "c", "Terms of the field, by vocabulary", x=2, y=below + 12)
    _draw_circles(axes_at(figure, 2, 22, panel - 4, 2 * RADIUS), vocabularies, width=panel - 4)
    for name, at, side in zip(VOCABULARIES, (2, panel - 2), ("left", "right"), strict=True):
        text = f"{name}\n{sizes[name]:,}"
        place = (at / width, 1 - 24 / (figure.get_figheight() * POINTS_PER_INCH))
        figure.text(*place, text, size=SMALL, ha=side, va="top", linespacing=1.3)
    _draw_terms(axes_at(figure, x + 60, y + 24, panel - 130, 66), vocabularies)
    room = (width - 4, height)
    _draw_examples(axes_at(figure, 2, below + 18, *room), vocabularies, examples, size=room)
    return figure


def _draw_circles(axes: Axes, vocabularies: VocabularyMetrics, *, width: float) -> None:
    """The two vocabularies as overlapping circles, areas to scale, with what each part holds."""
    shared, sizes = vocabularies.shared_tokens, vocabularies.vocabulary_size
    largest = max(sizes.values())
    left, right = (RADIUS * math.sqrt(sizes[name] / largest) for name in VOCABULARIES)
    overlap = math.pi * RADIUS**2 * shared / largest
    apart = circle_distance(left, right, overlap=overlap)
    # In points, the outermost edges of both centred.
    begin, end = min(-left, apart - right), max(left, apart + right)
    axes.set(xlim=((begin + end - width) / 2, (begin + end + width) / 2), ylim=(-RADIUS, RADIUS))
    axes.set_axis_off()
    one = axes.add_patch(Circle((0, 0), left, facecolor=FILL["pretrained"]))
    axes.add_patch(Circle((apart, 0), right, facecolor=FILL["domain"]))
    lens = axes.add_patch(Circle((apart, 0), right, facecolor=FILL["both"]))
    lens.set_clip_path(one)
    for x, radius in ((0.0, left), (apart, right)):
        circle = Circle((x, 0), radius, fill=False, edgecolor=INK, linewidth=0.8, clip_on=False)
        axes.add_patch(circle)
    edges: dict[Part, tuple[float, float]] = {
        "pretrained": (-left, min(left, apart - right)),
        "both": (max(-left, apart - right), min(left, apart + right)),
        "domain": (max(left, apart - right), apart + right),
    }
    for part, (low, high) in edges.items():
        text = f"{_tokens(vocabularies)[part]:,}"
        if high - low > text_width(text, size=SMALL) + 4:  # panel c has all the numbers
            axes.text((low + high) / 2, 0, text, size=SMALL, ha="center", va="center")


def circle_distance(first: float, second: float, *, overlap: float) -> float:
    """Distance between the centres of two circles whose overlap has a given area.

    Args:
        first: Radius of one.
        second: Radius of the other.
        overlap: At most the smaller one's area.
    """
    inside, outside = abs(first - second), first + second

    def surplus(distance: float) -> float:
        return circle_overlap(first, second, distance=distance) - overlap

    if surplus(inside) <= 0:
        return inside
    return float(brentq(surplus, inside, outside)) if surplus(outside) < 0 else outside


def circle_overlap(first: float, second: float, *, distance: float) -> float:
    """Area in which two circles overlap.

    https://mathworld.wolfram.com/Circle-CircleIntersection.html, equation 14, as two segments.

    Args:
        first: Radius of one.
        second: Radius of the other.
        distance: Between the centres; at least the difference of the radii.
    """
    area = 0.0
    for radius, other in ((first, second), (second, first)):
        if distance > 0 and radius > 0:
            to_chord = (distance**2 + radius**2 - other**2) / (2 * distance)
            angle = math.acos(min(max(to_chord / radius, -1.0), 1.0))
        else:  # one circle lies on the other
            angle = math.pi / 2
        area += radius**2 * (angle - math.sin(2 * angle) / 2)
    return area


def _draw_examples(
    axes: Axes,
    vocabularies: VocabularyMetrics,
    examples: Mapping[Part, Sequence[str]],
    *,
    size: tuple[float, float],
) -> None:
    """Terms of the field in each part, as many as there is room for, below what the part is."""
    width, height = size
    axes.set(xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    shared = f"in both, {numbers.percent(vocabularies.shared_share)}"
    names: dict[Part, str] = {
        "pretrained": "only pretrained",
        "both": shared,
        "domain": "only domain",
    }
    column = width / len(names)
    for number, (part, name) in enumerate(names.items()):
        x = number * column
        patch: dict[str, Any] = {"facecolor": FILL[part], "edgecolor": INK, "linewidth": 0.6}
        axes.add_patch(Rectangle((x, 2), 7, 7, clip_on=False, **patch))
        axes.text(x + 11, 5.5, name, size=SMALL, weight="bold", va="center")
        tokens = f"{_tokens(vocabularies)[part]:,} tokens"
        lines = [tokens, *_example_lines(examples.get(part, ()), width=column - 8, height=height)]
        for row, line in enumerate(lines, start=1):
            colour = MUTED if row == 1 else INK
            axes.text(x, 5.5 + LINE * row, line, size=SMALL, va="center", color=colour)


def _example_lines(terms: Sequence[str], *, width: float, height: float) -> list[str]:
    """The first terms of a list, in as many lines as there is room for."""
    most = int(height / LINE) - 2
    lines: list[str] = []
    for number in range(1, len(terms) + 1):
        longer = wrapped(", ".join(terms[:number]), width=width, size=SMALL)
        if len(longer) > most:
            break
        lines = longer
    return lines or ["no term of the field"]


def _tokens(vocabularies: VocabularyMetrics) -> dict[Part, int]:
    """Number of tokens in each part."""
    shared, sizes = vocabularies.shared_tokens, vocabularies.vocabulary_size
    return {
        "pretrained": sizes["pretrained"] - shared,
        "both": shared,
        "domain": sizes["domain"] - shared,
    }


def _draw_terms(axes: Axes, vocabularies: VocabularyMetrics) -> None:
    """The share of the field's terms in each vocabulary."""
    shares = [vocabularies.domain_term_share[name] for name in VOCABULARIES]
    colours = [FILL[name] for name in VOCABULARIES]
    noise = [vocabularies.noise[name] for name in VOCABULARIES] if vocabularies.noise else None
    style: dict[str, Any] = {"color": colours, "edgecolor": INK, "linewidth": 0.6}
    bars = axes.barh(VOCABULARIES, shares, height=0.62, xerr=noise, capsize=2, **style)
    labels = [numbers.percent(each) for each in shares]
    if noise:
        half = [f" ± {100 * each:.2g}" for each in noise]
        labels = [label + each for label, each in zip(labels, half, strict=True)]
    axes.bar_label(bars, labels, padding=4, weight="bold")
    axes.set(ylim=(1.6, -0.6), xlim=(0, 1.05 * max(*shares, 0.001)))
    axes.tick_params(axis="y", length=0, labelsize=BODY)
    axes.tick_params(axis="x", labelsize=SMALL)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda share, _: numbers.tick(share, unit="share"))
    axes.set_xlabel("of the vocabulary", size=BODY, labelpad=2)
    axes.spines[["right", "top"]].set_visible(False)
