"""Accuracy: the share of right choices, with its interval."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from scipy.stats import binomtest

CHANCE = 0.5  # two abstracts to choose from
LEVEL = 0.95


class Interval(NamedTuple):
    """The ends of a 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True)
class Accuracy:
    """How many of a number of choices were right.

    Attributes:
        correct: Right choices.
        total: All choices, at least one.
    """

    correct: int
    total: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.correct / self.total

    @property
    def interval(self) -> Interval:
        """Wilson's score interval of 95 % (Wilson 1927, JASA 22:209)."""
        test = binomtest(self.correct, self.total)
        bounds = test.proportion_ci(confidence_level=LEVEL, method="wilson")
        return Interval(float(bounds.low), float(bounds.high))


def accuracy(outcomes: Collection[bool]) -> Accuracy:
    """The accuracy of outcomes, true for a right choice; at least one."""
    return Accuracy(correct=sum(outcomes), total=len(outcomes))


def difference_interval(one: Accuracy, other: Accuracy) -> Interval:
    """95 % interval of the difference of two independent shares, one minus other.

    Newcombe's hybrid score interval (Newcombe 1998, Statistics in Medicine 17:873, method 10).
    """
    difference = one.share - other.share
    (low, high), (other_low, other_high) = one.interval, other.interval
    below = math.hypot(one.share - low, other_high - other.share)
    above = math.hypot(high - one.share, other.share - other_low)
    return Interval(difference - below, difference + above)
