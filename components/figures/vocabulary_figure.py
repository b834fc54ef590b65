"""The figure of the two vocabularies: what they share, and how many terms of the field each has."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from components.figures import numbers
from components.figures.style import (
    BODY,
    INK,
    PALE_BLUE,
    PALE_ORANGE,
    SMALL,
    WIDE,
    axes_at,
    blank,
    panel_title,
    text_width,
)
from components.formats.terms import VOCABULARIES, VocabularyMetrics

PANEL = 118.0  # height of a panel
BAR = 30.0  # height of the lengths that are compared
FILL = {"pretrained": PALE_ORANGE, "both": "white", "domain": PALE_BLUE}


def draw_vocabulary(vocabularies: VocabularyMetrics, *, width: float, notice: str = "") -> Figure:
    """Shared tokens as overlapping lengths, and the share of the field's terms as bars.

    Args:
        vocabularies: What to show.
        width: In points; below the wide format, the panels stand one below the other.
        notice: Line below the figure; empty for none.
    """
    if vocabularies.language_model:
        notice = f"Terms tagged by {vocabularies.tagger}. {notice}".strip()
    wide = width >= WIDE
    figure = blank(width=width, height=PANEL * (1 if wide else 2), notice=notice)
    panel = width / 2 - 12 if wide else width
    x, y = (width - panel, 0.0) if wide else (0.0, PANEL)
    panel_title(figure, "a", "Tokens of the two vocabularies", x=2, y=12)
    panel_title(figure, "b", "Tokens that are terms of the field", x=x + 2, y=y + 12)
    _draw_overlap(axes_at(figure, 2, 46, panel - 4, BAR), vocabularies, width=panel - 4)
    _draw_terms(axes_at(figure, x + 60, y + 24, panel - 102, 66), vocabularies)
    return figure


def _draw_overlap(axes: Axes, vocabularies: VocabularyMetrics, *, width: float) -> None:
    """The two vocabularies as lengths on one line, laid over each other where they share."""
    shared, sizes = vocabularies.shared_tokens, vocabularies.vocabulary_size
    only = {name: size - shared for name, size in sizes.items()}
    end = only["pretrained"] + shared + only["domain"]
    axes.set(xlim=(0, end), ylim=(0, 1))
    axes.set_axis_off()
    x = 0
    for fill, number, name in (
        ("pretrained", only["pretrained"], "only pretrained"),
        ("both", shared, f"in both ({numbers.percent(vocabularies.shared_share)})"),
        ("domain", only["domain"], "only domain"),
    ):
        style: dict[str, Any] = {"color": FILL[fill], "edgecolor": INK, "linewidth": 0.6}
        axes.barh(0.5, number, left=x, height=1, clip_on=False, **style)
        room = width * number / end - 4
        # What a length stands for is written into it as far as there is room.
        texts = [f"{number:,}\n{name}", f"{number:,}"]
        text = next((each for each in texts if _widest(each) < room), "")
        axes.text(x + number / 2, 0.5, text, size=SMALL, ha="center", va="center", linespacing=1.4)
        x += number
    for name, (left, right), side, y, tip in (
        ("pretrained", (0, sizes["pretrained"]), "left", 1.17, 1.07),
        ("domain", (only["pretrained"], end), "right", -0.17, -0.07),
    ):
        axes.plot(
            (left, left, right, right), (tip, y, y, tip), color=INK, linewidth=0.8, clip_on=False
        )
        text = f"{name} tokenizer: {right - left:,}"
        place = (left if side == "left" else right, y)
        axes.annotate(
            text,
            place,
            (0, 4 if y > 0 else -4),
            textcoords="offset points",
            size=BODY,
            ha=side,
            va="bottom" if y > 0 else "top",
            annotation_clip=False,
        )


def _draw_terms(axes: Axes, vocabularies: VocabularyMetrics) -> None:
    """The share of the field's terms in each vocabulary."""
    shares = [vocabularies.domain_term_share[name] for name in VOCABULARIES]
    colours = [FILL[name] for name in VOCABULARIES]
    noise = [vocabularies.noise[name] for name in VOCABULARIES] if vocabularies.noise else None
    style: dict[str, Any] = {"color": colours, "edgecolor": INK, "linewidth": 0.6}
    bars = axes.barh(VOCABULARIES, shares, height=0.62, xerr=noise, ecolor=INK, **style)
    axes.bar_label(bars, [numbers.percent(each) for each in shares], padding=4, weight="bold")
    axes.set(ylim=(1.6, -0.6), xlim=(0, 1.05 * max(*shares, 0.001)))
    axes.tick_params(axis="y", length=0, labelsize=BODY)
    axes.tick_params(axis="x", labelsize=SMALL)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda share, _: numbers.tick(share, unit="share"))
    axes.set_xlabel("of the vocabulary", size=BODY, labelpad=2)
    axes.spines[["right", "top"]].set_visible(False)


def _widest(text: str) -> float:
    return max(text_width(line, size=SMALL) for line in text.splitlines())
