"""The figure of one abstract, cut into tokens by both tokenizers."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from components.figures.segmentation import Piece, Segmentation
from components.figures.style import (
    BODY,
    MUTED,
    PALE_ORANGE,
    RULE,
    SMALL,
    WIDE,
    axes_at,
    blank,
    panel_title,
    text_width,
)
from components.formats.terms import VOCABULARIES
from components.runtime.errors import printable

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
    figure = blank(width=width, height=max(heights) if wide else sum(heights), notice=notice)
    more = len(segmentation.excerpt) < len(segmentation.case.original.rstrip())
    for number, (name, placed) in enumerate(panels.items()):
        x, y = (number * (column + GUTTER), 0.0) if wide else (0.0, number * heights[0])
        panel_title(figure, "ab"[number], f"{name} tokenizer", x=x + 2, y=y + 12)
        axes = axes_at(figure, x + 2, y, column, heights[number])
        axes.set(xlim=(0, column), ylim=(heights[number], 0))
        axes.set_axis_off()
        _draw_tokens(axes, placed, more=more)
    return figure


def place(pieces: Sequence[Piece], *, width: float) -> list[Placed]:
    """Sets tokens in lines: none is broken, and a line ends where the next would not fit.

    Args:
        pieces: Tokens in reading order.
        width: Of a line, in points.
    """
    placed: list[Placed] = []
    x, line = 0.0, 0
    for piece in pieces:
        signs = (SIGNS.get(each, "·" if each.isspace() else each) for each in piece.text)
        text = printable("".join(signs))
        wide = text_width(text, size=BODY) + 2 * PADDING
        if x and x + wide > width:
            x, line = 0.0, line + 1
        placed.append(Placed(piece, text, x, line, wide))
        x += wide + GAP
    return placed


def _draw_tokens(axes: Axes, placed: Sequence[Placed], *, more: bool) -> None:
    fragments = sum(each.piece.splits for each in placed)
    counts = f"{len(placed):,} tokens, {fragments or 'no'} word fragments"
    axes.text(12, 23, counts, size=SMALL, color=MUTED)
    for each in placed:
        colour = PALE_ORANGE if each.piece.splits else "white"
        y = HEAD + each.line * LINE
        style: dict[str, Any] = {"facecolor": colour, "edgecolor": RULE, "linewidth": 0.6}
        axes.add_patch(Rectangle((each.x, y), each.width, BOX, **style))
        spaces = len(each.piece.text) - len(each.piece.text.lstrip())
        signs, word = each.text[:spaces], each.text[spaces:]
        x = each.x + PADDING
        axes.text(x, y + BASE, signs, size=BODY, color=MUTED)
        axes.text(x + text_width(signs, size=BODY), y + BASE, word, size=BODY)
    if more:
        last = placed[-1]
        axes.text(last.x + last.width + 3, HEAD + last.line * LINE + BASE, "…", size=BODY)
