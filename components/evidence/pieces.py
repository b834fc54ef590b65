"""Pieces: how much likelier a model finds each part of the original than of the altered version."""

import bisect
import itertools
import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from components.formats.cases import Case
from components.formats.evidence import CasePiece, PieceKind
from components.formats.readings import CaseReading, VersionReading

PROMPT = -1  # in place of a cell, for tokens that stand before the text


class Cell(NamedTuple):
    """A word that both versions share, or a choice; space around it included."""

    kind: PieceKind
    original: str
    altered: str


def cells(case: Case) -> list[Cell]:
    """The cells of a case in reading order; together they make up both versions."""
    found: list[Cell] = []
    for number, literal in enumerate(case.literals):
        found += [Cell("literal", word, word) for word in re.findall(r"^\s+\S*\s*|\S+\s*", literal)]
        if number < len(case.choices):
            found.append(Cell("choice", *case.choices[number]))
    return found


def pieces(case: Case, reading: CaseReading, *, variant: str) -> list[CasePiece]:
    """The pieces of a case in reading order, the prompt first where it counts.

    A piece is a choice or a word; where a token of either version reaches over several of them,
    they are one piece. Space belongs to the word after it, as in the tokens of GPT-2's kind.
    All pieces together make up both texts and hold every scored token once.

    Args:
        case: The case.
        reading: A model's reading of it, which fits.
        variant: Name of the model.
    """
    parts = cells(case)
    spans = [
        _cell_spans(version, text, widths=[len(each) for each in column])
        for version, text, column in (
            (reading.original, case.original, [part.original for part in parts]),
            (reading.altered, case.altered, [part.altered for part in parts]),
        )
    ]
    numbers = _piece_numbers(len(parts), itertools.chain(*spans))
    members: dict[int, list[Cell]] = {}
    for number, part in zip(numbers, parts, strict=True):
        members.setdefault(number, []).append(part)
    values = [
        _by_piece(version, [PROMPT if first == PROMPT else numbers[first] for first, _ in cells])
        for version, cells in zip(reading.versions, spans, strict=True)
    ]
    if any(PROMPT in each for each in values):
        members = {PROMPT: [Cell("prompt", "", "")], **members}
    return [
        _piece(
            reading,
            _joined(some),
            [each.get(number, []) for each in values],
            variant=variant,
            place=place,
        )
        for place, (number, some) in enumerate(members.items())
    ]


def _cell_spans(
    version: VersionReading, text: str, *, widths: Sequence[int]
) -> list[tuple[int, int]]:
    """The first and the last cell in which each token lies."""
    ends = list(itertools.accumulate(widths))
    found = []
    for start, end in zip(version.starts, version.ends, strict=True):
        if end == 0:
            found.append((PROMPT, PROMPT))
            continue
        first = min(start, len(text) - 1)
        while first < len(text) - 1 and text[first].isspace():
            first += 1
        last = max(first, end - 1)
        while last > first and text[last].isspace():
            last -= 1
        found.append((bisect.bisect_right(ends, first), bisect.bisect_right(ends, last)))
    return found


def _piece_numbers(num_cells: int, spans: Iterable[tuple[int, int]]) -> list[int]:
    """The number of the piece to which each cell belongs, from 0."""
    begins = [False, *[True] * (num_cells - 1)]
    for first, last in spans:
        for cell in range(first + 1, last + 1):
            begins[cell] = False
    return list(itertools.accumulate(map(int, begins)))


def _by_piece(version: VersionReading, numbers: Sequence[int]) -> dict[int, list[float]]:
    """The log-probabilities of the tokens in each piece."""
    found: dict[int, list[float]] = {}
    for number, value in zip(numbers, version.log_probabilities, strict=True):
        found.setdefault(number, []).append(value)
    return found


def _joined(some: Sequence[Cell]) -> Cell:
    """Neighbouring cells as one, which is a choice where one of them is."""
    return Cell(
        "choice" if any(each.kind == "choice" for each in some) else some[0].kind,
        "".join(each.original for each in some),
        "".join(each.altered for each in some),
    )


def _piece(
    reading: CaseReading,
    cell: Cell,
    values: Sequence[Sequence[float]],
    *,
    variant: str,
    place: int,
) -> CasePiece:
    original, altered = (math.fsum(each) for each in values)
    return CasePiece(
        variant=variant,
        author=reading.author,
        case=reading.case,
        piece=place,
        kind=cell.kind,
        original=cell.original,
        altered=cell.altered,
        original_tokens=len(values[0]),
        altered_tokens=len(values[1]),
        original_log_probability=original,
        altered_log_probability=altered,
        difference=original - altered,
    )
