"""What people chose: all of them, and those who say to know most."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

import numpy as np
from scipy.stats import spearmanr

from components.formats.cases import Author
from components.formats.participants import Trial
from components.formats.statistics import Ceiling, People, TopExperts
from components.statistics.accuracy import accuracy, accuracy_by_section, clustered_accuracy
from components.statistics.calibration import PUBLISHED_BINS_OF_PEOPLE, confidence_statistics
from components.statistics.clustered import Booleans, Floats, Integers

TOP = Fraction(1, 5)
NUM_SPLITS = 500


@dataclass(frozen=True, eq=False)
class Trials:
    """Trials on the cases of one author.

    Attributes:
        correct: Whether the original was chosen, shape (num_trials,).
        confidence: As the slider stood, shape (num_trials,).
        expertise: As the slider stood, shape (num_trials,).
        cases: Number of the abstract, shape (num_trials,).
        participants: Number of the person, from 0, shape (num_trials,).
        sections: Journal section of the abstract.
    """

    correct: Booleans
    confidence: Floats
    expertise: Floats
    cases: Integers
    participants: Integers
    sections: tuple[str, ...]

    @property
    def clusters(self) -> tuple[Integers, Integers]:
        """What trials share: the case, or the person."""
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


def people_statistics(people: Trials, *, seed: int) -> People:
    """Everything about the people who were asked.

    Args:
        people: Their trials, at least one.
        seed: Decides on the halves of the people and on the original's subsets.
    """
    return People(
        num_participants=len(np.unique(people.participants)),
        num_cases=len(np.unique(people.cases)),
        accuracy=accuracy(people.correct),
        share=clustered_accuracy(people.correct, people.clusters),
        sections=accuracy_by_section(people.correct, people.sections, people.clusters),
        top=_experts(people, top(people)),
        published_top=_experts(people, published_top(people)),
        confidence=confidence_statistics(
            people.confidence,
            people.correct,
            people.clusters,
            num_published_bins=PUBLISHED_BINS_OF_PEOPLE,
            seed=seed,
        ),
        ceiling=ceiling(people, seed=seed),
    )


def _experts(people: Trials, selected: Booleans) -> TopExperts:
    share = None
    if selected.any():
        clusters = [labels[selected] for labels in people.clusters]
        share = clustered_accuracy(people.correct[selected], clusters)
    return TopExperts(share, num_unrepresented(people, selected))


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
    """The top 20 % without loss: of each abstract the fifth, rounded up, and who equals them.

    No abstract drops out, and the file's order decides nothing: whoever has as much expertise as
    the last of the fifth is taken too.

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


class Correlation(NamedTuple):
    """Spearman's rank correlation with its two-sided p value."""

    correlation: float
    p_value: float


def ceiling(people: Trials, *, seed: int, num_splits: int = NUM_SPLITS) -> Ceiling:
    """Mean rank correlation between random halves of the people, stepped up to all of them.

    Stepped up by Spearman & Brown's formula, 2 r / (1 + r). A split counts in which at least
    three cases were seen by both halves and both differ between them.

    Args:
        people: Trials.
        seed: Decides on the splits.
        num_splits: How many are drawn.
    """
    draw = np.random.default_rng(seed)
    count = int(people.participants.max()) + 1
    found = []
    for _ in range(num_splits):
        first = (draw.permutation(count) < count // 2)[people.participants]
        between = _between(people, first)
        if between is not None:
            found.append(between.correlation)
    if not found:
        return Ceiling(None, None, 0, "no two halves of the people can be compared")
    mean = float(np.mean(found))
    if mean <= 0:
        return Ceiling(None, None, len(found), "people do not agree on which cases are hard")
    reliability = 2 * mean / (1 + mean)
    return Ceiling(reliability, float(np.sqrt(reliability)), len(found))


def _between(people: Trials, first: Booleans) -> Correlation | None:
    size = int(people.cases.max()) + 1
    halves = [
        shares(people.correct[half], people.cases[half], num_cases=size) for half in (first, ~first)
    ]
    both = ~np.isnan(halves[0]) & ~np.isnan(halves[1])
    return spearman(halves[0][both], halves[1][both])


def spearman(one: Floats, other: Floats) -> Correlation | None:
    """The rank correlation of two series; None of fewer than 3 pairs or where one is constant."""
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    found = spearmanr(one, other)
    return Correlation(float(np.clip(found.statistic, -1, 1)), float(found.pvalue))


def shares(correct: Booleans, cases: Integers, *, num_cases: int) -> Floats:
    """Share of right choices in each case; NaN where there is none."""
    totals = np.bincount(cases, minlength=num_cases)
    right = np.bincount(cases[correct], minlength=num_cases)
    found: Floats = np.divide(right, totals, out=np.full(num_cases, np.nan), where=totals > 0)
    return found
