"""Chance that is the same on every machine and in every version of Python."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Item = TypeVar("Item")


class Draws:
    """A stream of draws, made from `Random.random` alone.

    That method's stream is the only one which Python promises to keep (docs.python.org,
    `random`, "Notes on Reproducibility"); those of `choice` and `shuffle` may change.

    Args:
        seed: Seed of the whole field.
        stream: Number of this stream; streams of one seed do not disturb each other.
    """

    def __init__(self, *, seed: int, stream: int) -> None:
        self._random = Random(1000 * seed + stream)

    def fraction(self) -> float:
        """A number from 0 up to, but not including, 1."""
        return self._random.random()

    def chance(self, probability: float) -> bool:
        """True with a probability."""
        return self.fraction() < probability

    def integer(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.fraction() * (high - low + 1))

    def choice(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return items[self.integer(0, len(items) - 1)]

    def sample(self, items: Sequence[Item], number: int) -> list[Item]:
        """Different items, in the order drawn (Fisher and Yates); all of them is a shuffle."""
        deck = list(items)
        for place in range(number):
            other = self.integer(place, len(deck) - 1)
            deck[place], deck[other] = deck[other], deck[place]
        return deck[:number]
