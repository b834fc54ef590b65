"""The evidence of a study: all variants' outcomes, and the cases that a page can show."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from components.figures.evidence.balance import Balance, balance
from components.figures.evidence.disagreement import Outcomes, Pattern, Place, patterns
from components.figures.evidence.pieces import Piece, pieces
from components.figures.evidence.tokens import Reading
from components.formats.cases import Case

NUM_CASES = 6  # shown: one a pattern, so that a page shows how variants part in different ways
NUM_VARIANTS = 5  # shown in each: as many as the published study compares, within 2 MB of page

Readings = Mapping[str, Sequence[Reading]]  # by who made the cases


@dataclass(frozen=True)
class Shown:
    """A case with the pieces of some variants.

    Attributes:
        place: Who made it, and its row from 0.
        case: The case.
        right: Whether each variant is right, of all variants.
        pieces: By variant, of those shown whose tokens fit the case.
    """

    place: Place
    case: Case
    right: dict[str, bool]
    pieces: dict[str, list[Piece]]


@dataclass(frozen=True)
class Evidence:
    """What a study's single cases say.

    Attributes:
        variants: All variants, in the order of the study.
        patterns: Which variants are right where, the most even split first.
        shown: The first case of each of the first `NUM_CASES` patterns.
        balances: Of every case whose tokens fit, by variant whose tokens are known.
        num_misfits: Cases that the faithful protocol reads otherwise than they are written, by
            variant whose tokens are known.
    """

    variants: tuple[str, ...]
    patterns: list[Pattern]
    shown: list[Shown]
    balances: dict[str, dict[Place, Balance]]
    num_misfits: dict[str, int]


def study_evidence(
    outcomes: Outcomes,
    readings: Mapping[str, Readings],
    *,
    cases: Mapping[str, Sequence[Case]],
) -> Evidence:
    """The evidence of a study.

    Args:
        outcomes: Whether each variant is right, case by case; at least one variant.
        readings: By variant, of those whose tokens are known.
        cases: The benchmark's cases by who made them.
    """
    found = patterns(outcomes)
    told = {name: readings[name] for name in list(readings)[:NUM_VARIANTS]}
    return Evidence(
        variants=tuple(outcomes),
        patterns=found,
        shown=[
            _shown(each.cases[0], each.right, tuple(outcomes), told, cases=cases)
            for each in found[:NUM_CASES]
        ],
        balances={
            name: {place: balance(some) for place, some in all_pieces(each, cases=cases)}
            for name, each in readings.items()
        },
        num_misfits={
            name: sum(not reading.fits for some in each.values() for reading in some)
            for name, each in readings.items()
        },
    )


def all_pieces(
    readings: Readings, *, cases: Mapping[str, Sequence[Case]]
) -> Iterator[tuple[Place, list[Piece]]]:
    """The pieces of every case whose tokens fit, in the benchmark's order.

    Args:
        readings: Of one variant.
        cases: The benchmark's cases by who made them.
    """
    for author, some in readings.items():
        for number, (case, reading) in enumerate(zip(cases[author], some, strict=True)):
            if reading.fits:
                yield (author, number), pieces(case, reading)


def _shown(
    place: Place,
    right: Sequence[bool],
    variants: Sequence[str],
    readings: Mapping[str, Readings],
    *,
    cases: Mapping[str, Sequence[Case]],
) -> Shown:
    author, number = place
    case = cases[author][number]
    known = {name: each[author][number] for name, each in readings.items()}
    return Shown(
        place=place,
        case=case,
        right=dict(zip(variants, right, strict=True)),
        pieces={name: pieces(case, each) for name, each in known.items() if each.fits},
    )
