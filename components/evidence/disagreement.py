"""Disagreement: which variants are right in which cases, and the cases where they part."""

from collections import Counter

from components.formats.evidence import Outcomes, Pattern, Place


def patterns(outcomes: Outcomes) -> list[Pattern]:
    """The patterns of right and wrong that occur, those that split the variants most evenly first.

    Of equally even ones, the one with more cases comes first; of these, the one that occurs first
    in the benchmark.

    Args:
        outcomes: Whether each variant is right, case by case in the benchmark's order.
    """
    places: dict[tuple[tuple[str, bool], ...], list[Place]] = {}
    for place, right in outcomes.items():
        places.setdefault(tuple(right.items()), []).append(place)
    found = [
        Pattern(dict(right), dict(Counter(author for author, _ in some)), some[0])
        for right, some in places.items()
    ]
    return sorted(found, key=lambda each: (_unevenness(each), -each.total))


def disagreements(outcomes: Outcomes) -> Outcomes:
    """The cases in which some variants are right and some wrong."""
    return {place: right for place, right in outcomes.items() if len(set(right.values())) > 1}


def _unevenness(pattern: Pattern) -> int:
    """How far the split is from half, twice: 0 where as many are right as wrong."""
    return abs(2 * sum(pattern.right.values()) - len(pattern.right))
