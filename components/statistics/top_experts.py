"""Top experts: of each abstract the fifth of trials with most expertise."""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor

import numpy as np

from components.statistics.clustered import Booleans, Integers
from components.statistics.trials import Trials

TOP = Fraction(1, 5)


def published_top(people: Trials) -> Booleans:
    """The original's top 20 %: of each abstract the fifth, rounded down, of most expertise.

    An abstract with fewer than five trials has no such trial and drops out; among trials of equal
    expertise the file's order decides.
    https://github.com/braingpt-lovelab/matching_experts, overall_accuracy_model_vs_human.py.

    Returns:
        Whether a trial is among them, shape (num_trials,).
    """
    return _selected(people, lambda trials: _first(people, trials, floor(TOP * len(trials))))


def top(people: Trials) -> Booleans:
    """The corrected top 20 %: of each abstract the fifth, rounded up, ties included.

    No abstract drops out, and the order of the file has no influence.

    Returns:
        Whether a trial is among them, shape (num_trials,).
    """

    def best(trials: Integers) -> Integers:
        last = _first(people, trials, ceil(TOP * len(trials)))[-1]
        taken: Integers = trials[people.expertise[trials] >= people.expertise[last]]
        return taken

    return _selected(people, best)


def num_unrepresented(people: Trials, selected: Booleans) -> int:
    """Abstracts with trials of which none is selected."""
    return len(np.setdiff1d(people.cases, people.cases[selected]))


def _selected(people: Trials, choose: Callable[[Integers], Integers]) -> Booleans:
    selected = np.zeros(len(people.cases), dtype=np.bool_)
    for case in np.unique(people.cases):
        selected[choose(np.flatnonzero(people.cases == case))] = True
    return selected


def _first(people: Trials, trials: Integers, count: int) -> Integers:
    order = np.argsort(-people.expertise[trials], kind="stable")
    first: Integers = trials[order[:count]]
    return first
