"""The report's section of evidence, case by case: what its template shows."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from components.figures.numbers import signed
from components.formats.cases import Author, Case
from components.formats.evidence import (
    CaseBalance,
    CasePiece,
    Pattern,
    read_balances,
    read_pieces,
    read_summary,
)
from components.runtime.errors import InputError

NUM_PATTERNS = 12  # rows of the table: the others are in the data
NUM_CASES = 6  # shown: one a pattern, so that a page shows how variants part in different ways
NUM_VARIANTS = 5  # shown in each: as many as the published study compares, within 2 MB of page
# From which difference on, in nats, a word is marked: e to the power of it is how many times as
# likely the model finds the word in one version, 1.1, 1.6 and 7.4.
STEPS = (0.1, 0.5, 2.0)
WRITTEN = 1.0  # from which on the difference stands beside the word


class Word(NamedTuple):
    """A piece of a case for readers."""

    kind: str  # as of the piece
    spaced: bool  # whether space stands before it
    texts: tuple[str, str]  # in the original and in the altered version, without the space around
    values: tuple[str, str]  # log-probabilities of both in nats
    difference: str  # original minus altered, with its sign
    # `o` or `a` for the version for which it speaks, with the number of steps reached; empty below
    # the first
    mark: str
    written: bool  # whether the difference is to stand beside it


class ShownReading(NamedTuple):
    """What a variant makes of a case, for readers."""

    balance: CaseBalance  # what its pieces add up to
    right: bool  # whether the variant prefers the original
    words: list[Word]  # the text, word by word


def evidence_section(
    evidence_dir: Path, *, cases: Mapping[Author, Sequence[Case]]
) -> dict[str, Any]:
    """What the section's template shows.

    Args:
        evidence_dir: Folder that the evidence stage wrote.
        cases: The benchmark's cases by who made them.

    Raises:
        InputError: A table is missing or bad.
    """
    summary = read_summary(evidence_dir)
    patterns = summary.patterns
    shown = patterns[:NUM_CASES]
    readings = _shown_readings(
        shown, list(summary.num_misfits)[:NUM_VARIANTS], evidence_dir=evidence_dir
    )
    rest = [each for each in patterns[NUM_PATTERNS:] if not each.unanimous]
    return {
        "variants": list(patterns[0].right),
        "authors": list(dict.fromkeys(author for each in patterns for author in each.num_cases)),
        "all_right": _num_cases(each for each in patterns if all(each.right.values())),
        "all_wrong": _num_cases(each for each in patterns if not any(each.right.values())),
        "split": _num_cases(each for each in patterns if not each.unanimous),
        "num_cases": _num_cases(patterns),
        "patterns": patterns[:NUM_PATTERNS],
        "rest": (len(rest), _num_cases(rest)),
        "summaries": summary.variants,
        "num_misfits": summary.num_misfits,
        "shown": [
            (each, cases[each.first.author][each.first.case], some)
            for each, some in zip(shown, readings, strict=True)
        ],
        "limits": {"cases": NUM_CASES, "variants": NUM_VARIANTS},
        "steps": STEPS,
        "written": WRITTEN,
    }


def first_case(
    evidence_dir: Path | None, *, author: Author, wrong: str | None, right: str | None
) -> int:
    """The first of an author's cases that one variant has wrong and another has right, from 0.

    Args:
        evidence_dir: Folder that the evidence stage wrote.
        author: Who made the cases.
        wrong: The variant that is wrong.
        right: The variant that is right.

    Raises:
        InputError: A name or the evidence is missing, a variant is not in it, or there is no such
            case.
    """
    if evidence_dir is None or wrong is None or right is None:
        raise InputError(
            f"passage_wrong is {wrong}, passage_right is {right}, evidence is {evidence_dir}:"
            " expected two variants and the evidence"
        )
    patterns = read_summary(evidence_dir).patterns
    for name in (wrong, right):
        if name not in patterns[0].right:
            known = ", ".join(patterns[0].right)
            raise InputError(f"no variant {name} in {evidence_dir}: expected one of {known}")
    found = [
        each.first.case
        for each in patterns
        if each.right[right] and not each.right[wrong] and each.first.author == author
    ]
    if not found:
        raise InputError(f"no {author}-made case that {wrong} has wrong and {right} has right")
    return min(found)


def _num_cases(patterns: Iterable[Pattern]) -> int:
    return sum(each.total for each in patterns)


def _shown_readings(
    patterns: Sequence[Pattern], variants: Sequence[str], *, evidence_dir: Path
) -> list[list[ShownReading]]:
    """What each variant makes of the first case of each pattern, where its reading fits."""
    places = [each.first for each in patterns]
    balances = {each[:3]: each for each in read_balances(evidence_dir)}
    pieces = {each: read_pieces(evidence_dir, each, places=places) for each in variants}
    return [
        [
            ShownReading(
                balances[name, *pattern.first], pattern.right[name], words(some[pattern.first])
            )
            for name, some in pieces.items()
            if pattern.first in some
        ]
        for pattern in patterns
    ]


def words(pieces: Sequence[CasePiece]) -> list[Word]:
    """The pieces of a case as words, without the prompt.

    Args:
        pieces: All of a case, in reading order.
    """
    return [
        _word(piece, before=before)
        for before, piece in itertools.pairwise([None, *pieces])
        if piece and piece.kind != "prompt"
    ]


def _word(piece: CasePiece, *, before: CasePiece | None) -> Word:
    step = sum(abs(piece.difference) >= each for each in STEPS)
    return Word(
        kind=piece.kind,
        spaced=piece.original[:1].isspace() or bool(before and before.original[-1:].isspace()),
        texts=(piece.original.strip(), piece.altered.strip()),
        values=(
            signed(piece.original_log_probability, 2),
            signed(piece.altered_log_probability, 2),
        ),
        difference=signed(piece.difference),
        mark=f"{'o' if piece.difference > 0 else 'a'}{step}" if step else "",
        written=piece.kind == "choice" or abs(piece.difference) >= WRITTEN,
    )
