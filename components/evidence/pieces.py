"""How much likelier a model finds each part of the original, and a case's parts together."""

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from components.formats.cases import Case
from components.formats.evidence import (
    CaseBalance,
    CasePiece,
    PieceKind,
    Tendency,
    VariantSummary,
)
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
    All pieces together make up both texts and hold every scored token once. The reading has to
    fit the case.
    """
    parts = cells(case)
    texts = [each.original for each in parts], [each.altered for each in parts]
    spans = [_cell_spans(*each) for each in zip(reading.versions, texts, strict=True)]
    numbers = {PROMPT: PROMPT} | dict(enumerate(_piece_numbers(len(parts), spans)))
    members: dict[int, list[Cell]] = {}
    if any(first == PROMPT for first, _ in itertools.chain(*spans)):
        members[PROMPT] = [Cell("prompt", "", "")]
    for cell, part in enumerate(parts):
        members.setdefault(numbers[cell], []).append(part)
    values: list[dict[int, list[float]]] = [{}, {}]  # log-probabilities by piece, of each version
    for version, some, found in zip(reading.versions, spans, values, strict=True):
        for (first, _), value in zip(some, version.log_probabilities, strict=True):
            found.setdefault(numbers[first], []).append(value)
    return [
        _piece(reading, some, [each.get(number, []) for each in values], variant, place)
        for place, (number, some) in enumerate(members.items())
    ]


def _cell_spans(version: VersionReading, texts: Sequence[str]) -> list[tuple[int, int]]:
    """The first and the last cell in which each token lies, space around it aside."""
    text, cell_of = "".join(texts), [cell for cell, each in enumerate(texts) for _ in each]
    found = []
    for start, end in zip(version.starts, version.ends, strict=True):
        if end == 0:
            found.append((PROMPT, PROMPT))
            continue
        places = (at for at in range(start, len(text)) if not text[at].isspace())
        first = next(places, len(text) - 1)
        backwards = (at for at in range(end - 1, first, -1) if not text[at].isspace())
        found.append((cell_of[first], cell_of[next(backwards, first)]))
    return found


def _piece_numbers(num_cells: int, spans: Iterable[Sequence[tuple[int, int]]]) -> list[int]:
    """The number of the piece to which each cell belongs, from 0."""
    begins = [False, *[True] * (num_cells - 1)]
    for first, last in itertools.chain(*spans):
        begins[first + 1 : last + 1] = [False] * (last - first)
    return list(itertools.accumulate(map(int, begins)))


def _piece(
    reading: CaseReading,
    some: Sequence[Cell],
    values: Sequence[Sequence[float]],
    variant: str,
    place: int,
) -> CasePiece:
    """Neighbouring cells as one piece, which is a choice where one of them is."""
    original, altered = map(math.fsum, values)
    return CasePiece(
        variant=variant,
        author=reading.author,
        case=reading.case,
        piece=place,
        kind="choice" if any(each.kind == "choice" for each in some) else some[0].kind,
        original="".join(each.original for each in some),
        altered="".join(each.altered for each in some),
        original_tokens=len(values[0]),
        altered_tokens=len(values[1]),
        original_log_probability=original,
        altered_log_probability=altered,
        difference=original - altered,
    )


def balance(pieces: Sequence[CasePiece]) -> CaseBalance:
    """What the pieces of a case, in reading order, add up to."""
    first = next((index for index, each in enumerate(pieces) if each.kind == "choice"), len(pieces))
    original_tokens = sum(each.original_tokens for each in pieces)
    altered_tokens = sum(each.altered_tokens for each in pieces)
    original = math.fsum(each.original_log_probability for each in pieces)
    altered = math.fsum(each.altered_log_probability for each in pieces)
    return CaseBalance(
        variant=pieces[0].variant,
        author=pieces[0].author,
        case=pieces[0].case,
        original_tokens=original_tokens,
        altered_tokens=altered_tokens,
        before=math.fsum(each.difference for each in pieces[:first]),
        choices=math.fsum(each.difference for each in pieces if each.kind == "choice"),
        after=math.fsum(each.difference for each in pieces[first:] if each.kind != "choice"),
        total=original - altered,
        original_mean=original / original_tokens,
        altered_mean=altered / altered_tokens,
    )


def summarize(balances: Sequence[CaseBalance]) -> VariantSummary:
    """What the balances of a variant's cases say, at least one."""
    return VariantSummary(
        num_cases=len(balances),
        num_contradictory=sum(each.contradictory for each in balances),
        choices=_tendency([each.choices for each in balances]),
        after=_tendency([each.after for each in balances]),
        total=_tendency([each.total for each in balances]),
        means=_tendency([each.original_mean - each.altered_mean for each in balances]),
    )


def _tendency(values: Sequence[float]) -> Tendency:
    return Tendency(
        mean=sum(values) / len(values), share=sum(value > 0 for value in values) / len(values)
    )
