"""Outcomes: which variants are right in which cases, and the cases where they part."""

from collections import Counter
from collections.abc import Sequence

from components.formats.evidence import Outcomes, Pattern, Place
from components.formats.scores import VariantScores


def outcomes(scores: Sequence[VariantScores]) -> Outcomes:
    """Whether each variant is right about each case as a whole, in the benchmark's order."""
    found: dict[Place, dict[str, bool]] = {}
    for each in scores:
        for rows in each.contexts["full"].values():
            for row in rows:
                found.setdefault(Place(row.author, row.case), {})[each.name] = row.correct
    return found


def patterns(outcomes: Outcomes) -> list[Pattern]:
    """The patterns of right and wrong that occur, those that split the variants most evenly first.

    Of equally even ones, the one with more cases comes first; of these, the one that occurs first
    in the benchmark, in whose order the outcomes are.
    """
    places: dict[tuple[tuple[str, bool], ...], list[Place]] = {}
    for place, right in outcomes.items():
        places.setdefault(tuple(right.items()), []).append(place)
    found = [
        Pattern(dict(right), dict(Counter(author for author, _ in some)), some[0])
        for right, some in places.items()
    ]

    def unevenness(each: Pattern) -> int:
        return abs(2 * sum(each.right.values()) - len(each.right))

    return sorted(found, key=lambda each: (unevenness(each), -each.total))


def disagreements(outcomes: Outcomes) -> Outcomes:
    """The cases in which some variants are right and some wrong."""
    return {place: right for place, right in outcomes.items() if len(set(right.values())) > 1}
