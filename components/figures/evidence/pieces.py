"""Pieces: how much likelier a model finds each part of the original than of the altered version."""

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from components.figures.evidence.cells import Cell, Kind, cells, join
from components.figures.evidence.tokens import Reading, Tokens
from components.formats.cases import Case

PROMPT = -1  # in place of a cell, for tokens that stand before the text


@dataclass(frozen=True)
class Piece:
    """A part of a case with the tokens that lie in it.

    Attributes:
        kind: `choice`, `literal` for a word of the text around the choices, or `prompt`.
        texts: In the original and in the altered version, space around it included.
        log_probabilities: Sums over its tokens in nats, original and altered; 0 without tokens.
        num_tokens: Its tokens that count, original and altered.
    """

    kind: Kind
    texts: tuple[str, str]
    log_probabilities: tuple[float, float]
    num_tokens: tuple[int, int]

    @property
    def difference(self) -> float:
        """Original minus altered, in nats: above 0 it speaks for the original."""
        return self.log_probabilities[0] - self.log_probabilities[1]


def pieces(case: Case, reading: Reading) -> list[Piece]:
    """The pieces of a case in reading order, the prompt first where it counts.

    A piece is a choice or a word; where a token of either version reaches over several of them,
    they are one piece. Space belongs to the word after it, as in the tokens of GPT-2's kind.
    All pieces together make up both texts and hold every token that counts once.

    Args:
        case: The case.
        reading: A model's tokens of it, which fit.
    """
    parts = cells(case)
    places = [
        _places(reading.original, case.original, widths=[len(part.original) for part in parts]),
        _places(reading.altered, case.altered, widths=[len(part.altered) for part in parts]),
    ]
    numbers = _numbers(len(parts), [*places[0], *places[1]])
    members: dict[int, list[Cell]] = {}
    for number, part in zip(numbers, parts, strict=True):
        members.setdefault(number, []).append(part)
    held = [
        _held(tokens, [PROMPT if first == PROMPT else numbers[first] for first, _ in spans])
        for tokens, spans in zip((reading.original, reading.altered), places, strict=True)
    ]
    found = [_piece(join(some), held, number) for number, some in members.items()]
    if any(PROMPT in each for each in held):
        found.insert(0, _piece(Cell("prompt", "", ""), held, PROMPT))
    return found


def _places(tokens: Tokens, text: str, *, widths: Sequence[int]) -> list[tuple[int, int]]:
    """The first and the last cell in which each token lies."""
    ends = list(itertools.accumulate(widths))
    found = []
    for start, end in zip(tokens.starts.tolist(), tokens.ends.tolist(), strict=True):
        if end == 0:
            found.append((PROMPT, PROMPT))
            continue
        first = start
        while first < len(text) and text[first].isspace():
            first += 1
        last = max(first, len(text[:end].rstrip()) - 1)
        first, last = (min(place, len(text) - 1) for place in (first, last))
        found.append((bisect.bisect_right(ends, first), bisect.bisect_right(ends, last)))
    return found


def _numbers(num_cells: int, places: Sequence[tuple[int, int]]) -> list[int]:
    """The number of the piece to which each cell belongs, from 0."""
    begins = [False, *[True] * (num_cells - 1)]
    for first, last in places:
        for cell in range(first + 1, last + 1):
            begins[cell] = False
    return list(itertools.accumulate(map(int, begins)))


def _held(tokens: Tokens, numbers: Sequence[int]) -> dict[int, list[float]]:
    """The log-probabilities of the tokens in each piece."""
    found: dict[int, list[float]] = {}
    for number, value in zip(numbers, tokens.log_probabilities.tolist(), strict=True):
        found.setdefault(number, []).append(value)
    return found


def _piece(part: Cell, held: Sequence[dict[int, list[float]]], number: int) -> Piece:
    original, altered = (each.get(number, []) for each in held)
    return Piece(
        kind=part.kind,
        texts=(part.original, part.altered),
        log_probabilities=(math.fsum(original), math.fsum(altered)),
        num_tokens=(len(original), len(altered)),
    )
