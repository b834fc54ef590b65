"""Cells: what both versions of a case share, word by word, and the choices between the words."""

import re
from collections.abc import Sequence
from typing import Literal, NamedTuple

from components.formats.cases import Case

Kind = Literal["prompt", "literal", "choice"]


class Cell(NamedTuple):
    """A word that both versions share, or a choice.

    Attributes:
        kind: Which of the two; or the prompt, which stands before the text.
        original: Its characters in the original, space around it included.
        altered: Its characters in the altered version.
    """

    kind: Kind
    original: str
    altered: str


def cells(case: Case) -> list[Cell]:
    """The cells of a case in reading order; together they make up both versions.

    Args:
        case: The case.
    """
    found: list[Cell] = []
    for number, literal in enumerate(case.literals):
        found += [Cell("literal", word, word) for word in re.findall(r"^\s+\S*\s*|\S+\s*", literal)]
        if number < len(case.choices):
            found.append(Cell("choice", *case.choices[number]))
    return found


def join(some: Sequence[Cell]) -> Cell:
    """Neighbouring cells as one, which is a choice where one of them is.

    Args:
        some: At least one, in reading order.
    """
    return Cell(
        "choice" if any(each.kind == "choice" for each in some) else some[0].kind,
        "".join(each.original for each in some),
        "".join(each.altered for each in some),
    )
