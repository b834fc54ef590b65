"""The figure of one abstract, cut into tokens by both tokenizers."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.figure import Figure

from components.figures import wording
from components.figures.picture import Picture
from components.figures.segmentation import Piece, Segmentation
from components.figures.sheet import Sheet, text_width
from components.figures.style import (
    BODY,
    MUTED,
    PALE_ORANGE,
    RULE,
    SMALL,
    WIDE,
)
from components.formats.field import Field
from components.formats.terms import VOCABULARIES

HEAD, LINE, BOX = 30.0, 14.0, 11.5  # heights of a panel's head, a line of text, a token
BASE = 8.3  # of a token's letters, below its upper edge
PADDING, GAP = 1.6, 1.2  # inside a token, and between two
GUTTER = 20.0
# What has no form of its own in print.
SIGNS = {" ": "·", "\n": "↵", "\t": "→"}


class Placed(NamedTuple):
    """A token in its place, in points from the panel's upper left corner."""

    piece: Piece
    text: str
    x: float
    line: int
    width: float


def segmentation_picture(segmentation: Segmentation, *, field: Field) -> Picture:
    """The picture of one abstract cut by both tokenizers.

    Args:
        segmentation: What to show.
        field: What the study is about.
    """
    counts = segmentation.num_tokens
    whole = " and ".join(f"{counts[name]:,} by the {name} tokenizer" for name in VOCABULARIES)
    words = wording.count(len(segmentation.excerpt.split()), "word")
    return Picture(
        name="segmentation",
        title="The same abstract as both tokenizers cut it.",
        caption=(
            "Every box is one token, in reading order; a dot stands for a space."
            " Shaded tokens are fragments: a word is cut at one of their ends. The first"
            f" {words} are shown; the whole abstract is cut into {whole}. It is the abstract of"
            f" {segmentation.case.doi}, human-made case {segmentation.number + 1} in the"
            " benchmark's order: the case whose ratio of the two counts is the median of all"
            " (the lower one; the first of equals)."
        ),
        alternative=(
            f"The first {words} of an abstract twice, every token outlined. The whole abstract is"
            f" cut into {whole}. It begins: {segmentation.excerpt}"
        ),
        draw=lambda width: draw_segmentation(segmentation, width=width, notice=field.warning),
    )


def draw_segmentation(segmentation: Segmentation, *, width: float, notice: str = "") -> Figure:
    """Every token of an excerpt outlined, by both tokenizers; fragments of words are shaded.

    Args:
        segmentation: What to show.
        width: In points; below the wide format, the panels stand one below the other.
        notice: Line below the figure; empty for none.
    """
    wide = width >= WIDE
    column = (width - GUTTER) / 2 if wide else width
    panels = {name: place(segmentation.pieces[name], width=column - 4) for name in VOCABULARIES}
    heights = [HEAD + LINE * (each[-1].line + 1) + 4 for each in panels.values()]
    sheet = Sheet(width=width, height=max(heights) if wide else sum(heights), notice=notice)
    more = len(segmentation.excerpt) < len(segmentation.case.original.rstrip())
    for number, (name, placed) in enumerate(panels.items()):
        x, y = (number * (column + GUTTER), 0.0) if wide else (0.0, number * heights[0])
        _draw_panel(sheet, placed, name=name, more=more, x=x + 2, y=y)
    return sheet.figure


def place(pieces: Sequence[Piece], *, width: float) -> list[Placed]:
    """Sets tokens in lines: none is broken, and a line ends where the next would not fit.

    Args:
        pieces: Tokens in reading order.
        width: Of a line, in points.
    """
    placed: list[Placed] = []
    x, line = 0.0, 0
    for piece in pieces:
        text = "".join(SIGNS.get(each, "·" if each.isspace() else each) for each in piece.text)
        wide = text_width(text, size=BODY) + 2 * PADDING
        if x and x + wide > width:
            x, line = 0.0, line + 1
        placed.append(Placed(piece, text, x, line, wide))
        x += wide + GAP
    return placed


def _draw_panel(
    sheet: Sheet, placed: Sequence[Placed], *, name: str, more: bool, x: float, y: float
) -> None:
    letter = "ab"[VOCABULARIES.index(name)]
    sheet.text(x, y + 12, letter, size=BODY + 1, weight="bold")
    sheet.text(x + 12, y + 12, f"{name} tokenizer", size=BODY)
    fragments = sum(each.piece.splits for each in placed)
    told = f"{len(placed):,} tokens, {fragments or 'no'} fragments of words"
    sheet.text(x + 12, y + 23, told, size=SMALL, color=MUTED)
    for each in placed:
        _draw_token(sheet, each, x=x + each.x, y=y + HEAD + each.line * LINE)
    if more:
        last = placed[-1]
        base = y + HEAD + last.line * LINE + BASE
        sheet.text(x + last.x + last.width + 3, base, "…", size=BODY)


def _draw_token(sheet: Sheet, token: Placed, *, x: float, y: float) -> None:
    colour = PALE_ORANGE if token.piece.splits else "#FFFFFF"
    sheet.box(x, y, token.width, BOX, facecolor=colour, edgecolor=RULE, linewidth=0.6)
    spaces = len(token.piece.text) - len(token.piece.text.lstrip())
    signs, word = token.text[:spaces], token.text[spaces:]
    base = y + BASE
    sheet.text(x + PADDING, base, signs, size=BODY, color=MUTED)
    sheet.text(x + PADDING + text_width(signs, size=BODY), base, word, size=BODY)
