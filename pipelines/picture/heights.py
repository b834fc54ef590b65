"""How far down places stand, so that arrows are straight and nothing overlaps."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise

from pipelines.picture.columns import Link, Place
from pipelines.picture.order import Column, neighbours

ROUNDS = 400  # more change nothing that is seen
STRAIGHT = 64.0  # how much more it matters that a lone arrow is straight than that tasks are near


def heights(
    orders: Iterable[Sequence[Column]],
    links: Sequence[Link],
    *,
    gap: Callable[[Place, Place], float],
) -> dict[Place, float]:
    """How far down each place stands, by that order in which arrows are the flattest.

    Args:
        orders: Orders of all columns.
        links: The arrows between neighbouring columns.
        gap: The least distance of two places that follow each other.
    """
    return min(
        (_heights(columns, links, gap) for columns in orders),
        key=lambda found: sum((found[start] - found[end]) ** 2 for start, end in links),
    )


def _heights(
    columns: Sequence[Column], links: Sequence[Link], gap: Callable[[Place, Place], float]
) -> dict[Place, float]:
    """Places near their neighbours, in their column's order, without overlap."""
    pulls = {place: _pulls(place, links) for column in columns for place in column}
    found = dict.fromkeys(pulls, 0.0)
    for _ in range(ROUNDS):
        for column in [*columns, *reversed(columns)]:
            wanted = {
                place: sum(pull * found[near] for near, pull in pulls[place].items())
                / sum(pulls[place].values())
                for place in column
            }
            found |= _stacked(column, wanted, pulls, gap)
    return found


def _pulls(place: Place, links: Sequence[Link]) -> dict[Place, float]:
    """The places that a place would like to be level with, and how much it matters."""
    near = [each for back in (False, True) for each in neighbours(place, links, backwards=back)]
    pulls = {each: STRAIGHT if _is_lone(place, each, links) else 1.0 for each in near}
    return pulls or {place: 1.0}


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
    pulls: Mapping[Place, Mapping[Place, float]],
    gap: Callable[[Place, Place], float],
) -> dict[Place, float]:
    """The heights closest to the wanted ones that keep order and gaps: isotonic regression."""
    offsets = [0.0]
    for upper, lower in pairwise(column):
        offsets.append(offsets[-1] + gap(upper, lower))
    blocks: list[tuple[float, float, int]] = []  # mean, weight, places
    for place, offset in zip(column, offsets, strict=True):
        mean, weight, count = wanted[place] - offset, sum(pulls[place].values()), 1
        while blocks and blocks[-1][0] > mean:
            upper_mean, upper_weight, upper_count = blocks.pop()
            mean = (mean * weight + upper_mean * upper_weight) / (weight + upper_weight)
            weight, count = weight + upper_weight, count + upper_count
        blocks.append((mean, weight, count))
    means = [mean for mean, _, count in blocks for _ in range(count)]
    return {
        place: mean + offset for place, mean, offset in zip(column, means, offsets, strict=True)
    }
