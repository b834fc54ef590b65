"""Trials: the participants' choices as arrays, and the choices of the top experts among them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

import numpy as np

from components.formats.cases import Author
from components.formats.participants import Trial
from components.statistics.clustered import Booleans, Floats, Integers

TOP = Fraction(1, 5)  # of each abstract's trials, those with most expertise


@dataclass(frozen=True, eq=False)
class Trials:
    """Trials on the cases of one author.

    Arrays of shape (num_trials,).
    """

    correct: Booleans
    confidence: Floats  # as the slider stood; `expertise` likewise
    expertise: Floats
    cases: Integers  # number of the abstract
    participants: Integers  # number of the person, from 0
    sections: tuple[str, ...]  # journal section of the abstract

    @property
    def clusters(self) -> tuple[Integers, Integers]:
        """The two labellings by which trials are clustered: case and participant."""
        return self.cases, self.participants


def trial_arrays(trials: Sequence[Trial], *, author: Author) -> Trials | None:
    """The trials on one author's cases, in their order; None where there is none."""
    chosen = [trial for trial in trials if trial.author == author]
    if not chosen:
        return None
    people = np.unique([trial.participant for trial in chosen], return_inverse=True)[1]
    return Trials(
        correct=np.array([trial.correct for trial in chosen], dtype=np.bool_),
        confidence=np.array([trial.confidence for trial in chosen], dtype=np.float64),
        expertise=np.array([trial.expertise for trial in chosen], dtype=np.float64),
        cases=np.array([trial.case for trial in chosen], dtype=np.int64),
        participants=people.astype(np.int64),
        sections=tuple(trial.section for trial in chosen),
    )


def shares(correct: Booleans, cases: Integers, *, num_cases: int) -> Floats:
    """Share of right choices in each case; NaN where there is none."""
    totals = np.bincount(cases, minlength=num_cases)
    right = np.bincount(cases[correct], minlength=num_cases)
    found: Floats = np.divide(right, totals, out=np.full(num_cases, np.nan), where=totals > 0)
    return found


def published_top(people: Trials) -> Booleans:
    """The original's top 20 %: of each abstract the fifth, rounded down, of most expertise.

    An abstract with fewer than five trials has no such trial and drops out; among trials of equal
    expertise the file's order decides. Shape (num_trials,).
    https://github.com/braingpt-lovelab/matching_experts, overall_accuracy_model_vs_human.py.
    """
    return _selected(people, lambda trials: _first(people, trials, floor(TOP * len(trials))))


def top(people: Trials) -> Booleans:
    """The corrected top 20 %: of each abstract the fifth, rounded up, ties included.

    No abstract drops out, and the order of the file has no influence. Shape (num_trials,).
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
