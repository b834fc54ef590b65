"""The figure of the two vocabularies: what they share, and how many terms of the field each has."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from components.figures import wording
from components.figures.picture import Picture
from components.figures.sheet import Sheet, text_width
from components.figures.style import BODY, INK, PALE_BLUE, PALE_ORANGE, SMALL, WIDE
from components.formats.field import Field
from components.formats.terms import VOCABULARIES, VocabularyMetrics

PANEL = 118.0  # height of a panel
BAR_TOP, BAR = 46.0, 30.0
NUM_EXAMPLES = 8
FILL = {"pretrained": PALE_ORANGE, "domain": PALE_BLUE}


def vocabulary_picture(
    vocabularies: VocabularyMetrics, *, new_terms: Sequence[str], field: Field
) -> Picture:
    """The picture of the two vocabularies.

    Args:
        vocabularies: What to show.
        new_terms: Terms of the field that only the domain vocabulary holds, best first.
        field: What the study is about.
    """
    shared, tokens = wording.percent(vocabularies.shared_share), vocabularies.shared_tokens
    shares = {name: wording.percent(vocabularies.domain_term_share[name]) for name in VOCABULARIES}
    examples = ", ".join(new_terms[:NUM_EXAMPLES])
    told = f" Terms that only the domain vocabulary has, highest keyness first: {examples}."
    return Picture(
        name="vocabulary",
        title=f"The tokenizer trained on {field.name} has another vocabulary.",
        caption=(
            f"(a) The {tokens:,} tokens in both vocabularies are {shared} of the"
            " pretrained tokenizer's; lengths are to scale. (b) Share of all tokens of a vocabulary"
            f" that are terms of the field, as tagged by {vocabularies.tagger}."
            + (told if examples else "")
        ),
        alternative=(
            f"Two panels. {tokens:,} tokens ({shared}) are in both vocabularies."
            f" Terms of the field are {shares['pretrained']} of the pretrained and"
            f" {shares['domain']} of the domain tokenizer's tokens."
        ),
        draw=lambda width: draw_vocabulary(vocabularies, width=width, notice=field.warning),
    )


def draw_vocabulary(vocabularies: VocabularyMetrics, *, width: float, notice: str = "") -> Figure:
    """Shared tokens as overlapping lengths, and the share of the field's terms as bars.

    Args:
        vocabularies: What to show.
        width: In points; below the wide format, the panels stand one below the other.
        notice: Line below the figure; empty for none.
    """
    wide = width >= WIDE
    sheet = Sheet(width=width, height=PANEL * (1 if wide else 2), notice=notice)
    panel = width / 2 - 12 if wide else width
    _draw_overlap(sheet, vocabularies, width=panel - 4)
    x, y = (width - panel, 0.0) if wide else (2.0, PANEL)
    _draw_terms(sheet, vocabularies, x=x, y=y, width=panel - 4)
    return sheet.figure


def _draw_overlap(sheet: Sheet, vocabularies: VocabularyMetrics, *, width: float) -> None:
    """The two vocabularies as lengths on one line, laid over each other where they share."""
    _draw_title(sheet, "a", "Tokens of the two vocabularies", x=2, y=0)
    shared = vocabularies.shared_tokens
    only = {name: size - shared for name, size in vocabularies.vocabulary_size.items()}
    scale = width / (only["pretrained"] + shared + only["domain"])
    first, second = (
        2 + only["pretrained"] * scale,
        2 + vocabularies.vocabulary_size["pretrained"] * scale,
    )
    end = 2 + width
    _draw_part(sheet, only["pretrained"], "only pretrained", x=2, end=first)
    both = f"in both ({wording.percent(vocabularies.shared_share)})"
    _draw_part(sheet, shared, both, x=first, end=second)
    _draw_part(sheet, only["domain"], "only domain", x=second, end=end)
    _draw_span(sheet, "pretrained", vocabularies, x=2, end=second, y=BAR_TOP - 5)
    _draw_span(sheet, "domain", vocabularies, x=first, end=end, y=BAR_TOP + BAR + 5)


def _draw_part(sheet: Sheet, number: int, name: str, *, x: float, end: float) -> None:
    """A length with what it stands for, as far as that fits into it."""
    colour = FILL.get(name.removeprefix("only "), "#FFFFFF")
    sheet.box(x, BAR_TOP, end - x, BAR, facecolor=colour, edgecolor=INK, linewidth=0.6)
    style = {"size": SMALL, "ha": "center"}
    room, middle = end - x - 4, (x + end) / 2
    if max(text_width(text, size=SMALL) for text in (f"{number:,}", name)) < room:
        sheet.text(middle, BAR_TOP + 13, f"{number:,}", **style)
        sheet.text(middle, BAR_TOP + 23, name, **style)
    elif text_width(f"{number:,}", size=SMALL) < room:
        sheet.text(middle, BAR_TOP + 18, f"{number:,}", **style)


def _draw_span(
    sheet: Sheet, name: str, vocabularies: VocabularyMetrics, *, x: float, end: float, y: float
) -> None:
    """A bracket over or under one vocabulary's length, with its name and size."""
    above = y < BAR_TOP
    tip = y + (3 if above else -3)
    sheet.line((x, x, end, end), (tip, y, y, tip), color=INK, linewidth=0.8)
    text = f"{name} tokenizer: {vocabularies.vocabulary_size[name]:,}"
    edge, side = (x, "left") if above else (end, "right")
    sheet.text(edge, y + (-4 if above else 11), text, size=BODY, ha=side)


def _draw_terms(
    sheet: Sheet, vocabularies: VocabularyMetrics, *, x: float, y: float, width: float
) -> None:
    """The share of the field's terms in each vocabulary."""
    _draw_title(sheet, "b", "Tokens that are terms of the field", x=x, y=y)
    left = 58.0
    axes = sheet.axes(x + left, y + 24, width - left - 40, 66)
    shares = [vocabularies.domain_term_share[name] for name in VOCABULARIES]
    axes.barh(range(2), shares, height=0.62, color=FILL.values(), edgecolor=INK, linewidth=0.6)
    for number, share in enumerate(shares):
        label, shift = wording.percent(share), (4, 0)
        axes.annotate(
            label, (share, number), shift, textcoords="offset points", va="center", weight="bold"
        )
    axes.set(ylim=(1.6, -0.6), xlim=(0, 1.05 * max(*shares, 0.001)), yticks=range(2))
    axes.set_yticklabels(VOCABULARIES, fontsize=BODY)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=SMALL)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda share, _: f"{100 * share:g}%")
    axes.set_xlabel("of the vocabulary", fontsize=BODY, labelpad=2)
    axes.spines[["right", "top"]].set_visible(False)


def _draw_title(sheet: Sheet, letter: str, text: str, *, x: float, y: float) -> None:
    sheet.text(x, y + 12, letter, size=BODY + 1, weight="bold")
    sheet.text(x + 12, y + 12, text, size=BODY)
