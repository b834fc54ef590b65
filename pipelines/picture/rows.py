"""How places of a column follow each other, so that few arrows cross, and how high they stand."""

import random
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from pipelines.picture.columns import Link, Place

STARTS = 24  # orders from which sorting starts; the best result counts
SORTINGS, STRAIGHTENINGS = 8, 300  # rounds; more change nothing that is seen
STRAIGHT = 8  # how much more it matters that a lone arrow is straight than that tasks are near
Column = list[Place]


def sort_columns(columns: Sequence[Column], links: Sequence[Link]) -> list[Column]:
    """The columns with the fewest crossings found, from a few orders to start with.

    Args:
        columns: Places in any order.
        links: The arrows between neighbouring columns.
    """
    draw = random.Random(0)
    found = []
    for _ in range(STARTS):
        found.append(_swapped(_sorted([list(column) for column in columns], links), links))
        columns = [draw.sample(column, len(column)) for column in columns]
    return min(found, key=lambda each: crossings(each, links))


def _sorted(columns: list[Column], links: Sequence[Link]) -> list[Column]:
    """Sorts places by the mean of their neighbours' ranks, forwards and backwards."""
    for number in range(SORTINGS):
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


def heights(
    columns: Sequence[Column], links: Sequence[Link], *, gap: Callable[[Place, Place], float]
) -> dict[Place, float]:
    """How far down each place stands: near its neighbours, in its column's order, without overlap.

    Args:
        columns: Places in their order.
        links: The arrows between neighbouring columns.
        gap: The least distance of two places that follow each other.
    """
    found = {place: 0.0 for column in columns for place in column}
    for column in columns:
        found |= _stacked(column, dict.fromkeys(column, 0.0), dict.fromkeys(column, 1.0), gap)
    for _ in range(STRAIGHTENINGS):
        for column in [*columns, *reversed(columns)]:
            wanted, weights = _wishes(column, links, found)
            found |= _stacked(column, wanted, weights, gap)
    top = min(found.values())
    return {place: height - top for place, height in found.items()}


def _wishes(
    column: Column, links: Sequence[Link], heights: Mapping[Place, float]
) -> tuple[dict[Place, float], dict[Place, float]]:
    """Where each place of a column would like to stand, and how much it matters."""
    wanted, weights = {}, {}
    for place in column:
        near = [each for back in (False, True) for each in neighbours(place, links, backwards=back)]
        pulls = [STRAIGHT if _is_lone(place, each, links) else 1.0 for each in near]
        total = sum(pulls)
        weights[place] = total or 0.1
        wanted[place] = heights[place]
        if near:
            pulled = zip(pulls, near, strict=True)
            wanted[place] = sum(pull * heights[each] for pull, each in pulled) / total
    return wanted, weights


def _is_lone(one: Place, other: Place, links: Sequence[Link]) -> bool:
    """Whether nothing else leaves the first of two joined places, nor reaches the second."""
    start, end = sorted((one, other), key=lambda place: place.column)
    return (
        len(neighbours(start, links, backwards=True)) == 1
        and len(neighbours(end, links, backwards=False)) == 1
    )


def _stacked(
    column: Column,
    wanted: Mapping[Place, float],
    weights: Mapping[Place, float],
    gap: Callable[[Place, Place], float],
) -> dict[Place, float]:
    """The heights closest to the wanted ones that keep order and gaps: isotonic regression."""
    offsets = [0.0]
    for upper, lower in pairwise(column):
        offsets.append(offsets[-1] + gap(upper, lower))
    blocks: list[tuple[float, float, int]] = []  # mean, weight, places
    for place, offset in zip(column, offsets, strict=True):
        mean, weight, count = wanted[place] - offset, weights[place], 1
        while blocks and blocks[-1][0] > mean:
            upper_mean, upper_weight, upper_count = blocks.pop()
            mean = (mean * weight + upper_mean * upper_weight) / (weight + upper_weight)
            weight, count = weight + upper_weight, count + upper_count
        blocks.append((mean, weight, count))
    means = [mean for mean, _, count in blocks for _ in range(count)]
    return {
        place: mean + offset for place, mean, offset in zip(column, means, offsets, strict=True)
    }
