"""How places of a column follow each other, so that few arrows cross."""

import random
from collections.abc import Sequence

from pipelines.picture.columns import Link, Place

STARTS = 24  # orders from which sorting starts; the best results count
ROUNDS = 8  # of sorting; more change little
Column = list[Place]


def orders(columns: Sequence[Column], links: Sequence[Link]) -> list[list[Column]]:
    """Orders of all columns with the fewest crossings that are found, each once.

    Args:
        columns: Places in any order.
        links: The arrows between neighbouring columns.
    """
    draw = random.Random(0)
    found: dict[str, list[Column]] = {}
    for _ in range(STARTS):
        tried = _swapped(_sorted([list(column) for column in columns], links), links)
        found[str(tried)] = tried
        columns = [draw.sample(column, len(column)) for column in columns]
    fewest = min(crossings(each, links) for each in found.values())
    return [each for each in found.values() if crossings(each, links) == fewest]


def _sorted(columns: list[Column], links: Sequence[Link]) -> list[Column]:
    """Sorts places by the mean of their neighbours' ranks, forwards and backwards."""
    for number in range(ROUNDS):
        backwards = number % 2 == 1
        order = range(len(columns) - 2, -1, -1) if backwards else range(1, len(columns))
        for column in order:
            _sort(columns, column, links, backwards=backwards)
    return columns


def _swapped(columns: list[Column], links: Sequence[Link]) -> list[Column]:
    """Moves single places up or down their columns as long as fewer arrows cross then."""
    fewest = crossings(columns, links)
    better = True
    while better:
        better = False
        for column in columns:
            for place in list(column):
                for rank in range(len(column)):
                    before = list(column)
                    column.remove(place)
                    column.insert(rank, place)
                    if (count := crossings(columns, links)) < fewest:
                        fewest, better = count, True
                    else:
                        column[:] = before
    return columns


def _sort(columns: list[Column], number: int, links: Sequence[Link], *, backwards: bool) -> None:
    ranks = {place: rank for column in columns for rank, place in enumerate(column)}

    def mean(place: Place) -> float:
        near = neighbours(place, links, backwards=backwards)
        return sum(ranks[each] for each in near) / len(near) if near else ranks[place]

    columns[number].sort(key=mean)


def neighbours(place: Place, links: Sequence[Link], *, backwards: bool) -> list[Place]:
    """The places of the next column, or of the one before, that arrows join with a place."""
    if backwards:
        return [end for start, end in links if start == place]
    return [start for start, end in links if end == place]


def crossings(columns: Sequence[Column], links: Sequence[Link]) -> int:
    """Pairs of arrows that cross."""
    ranks = {place: rank for column in columns for rank, place in enumerate(column)}
    found = 0
    for number, (start, end) in enumerate(links):
        for other_start, other_end in links[:number]:
            if start.column == other_start.column:
                first, last = ranks[start] - ranks[other_start], ranks[end] - ranks[other_end]
                found += first * last < 0
    return found
