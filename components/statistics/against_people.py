"""A model beside people: difference, equivalence and correlation of difficulty."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import norm
from statsmodels.regression.linear_model import OLS

from components.formats.statistics import (
    SIGNIFICANCE,
    AgainstPeople,
    Difference,
    Difficulty,
    Equivalence,
)
from components.statistics.accuracy import Z
from components.statistics.clustered import Booleans, Floats, Integers, clustered_error
from components.statistics.comparison import permutation
from components.statistics.noise_ceiling import spearman
from components.statistics.power import power_against_people
from components.statistics.trials import Trials, shares

Z_ONE_SIDED = float(norm.ppf(0.95))


def against_people(
    margins: Floats, people: Trials, *, same_cases: bool, margin: float, seed: int
) -> AgainstPeople:
    """A model beside people.

    Args:
        margins: By how much the altered version's perplexity exceeds the original's, shape
            (num_cases,).
        people: Their trials.
        same_cases: Whether a trial's case is the number of a row of `margins`.
        margin: Of equivalence, as a share.
        seed: Decides on the permutations.
    """
    right = margins > 0
    found = difference(right, people, same_cases=same_cases)
    paired = equivalent = power = None
    if same_cases:
        each = right - shares(people.correct, people.cases, num_cases=len(right))
        paired = permutation(each[~np.isnan(each)], seed=seed)
    error = found.standard_error
    if error is not None:
        equivalent = equivalence(found.value, standard_error=error, margin=margin)
        power = power_against_people(margin, standard_error=error, num_cases=len(right))
    return AgainstPeople(
        difference=found,
        equivalence=equivalent,
        permutation=paired,
        difficulty=difficulty(margins, people) if same_cases else None,
        power=power,
    )


def difference(model: Booleans, people: Trials, *, same_cases: bool) -> Difference:
    """A model's accuracy less people's, over all their trials.

    The two accuracies are the means of one regression on who chose: the model's choices and the
    people's trials are its observations, clustered by case (those of a model too, as both have the
    case's difficulty in common) and by participant (each choice of the model its own), with the
    two-way variance of `clustered_error`. Of the published neuro model it is -.009 with the
    interval [-.082, .064]; clustered by participant alone, or without the cases in common, it has
    other ends.

    A share of 0 or 1 has no variance in its sample: two right and two wrong choices more are
    taken for it (Agresti & Coull 1998, The American Statistician 52:119).

    Args:
        model: Whether the model is right, shape (num_cases,).
        people: Trials on the cases.
        same_cases: Whether a trial's case is the number of a case of the model's; else they are
            taken to be others.
    """
    estimate = float(model.mean() - people.correct.mean())
    cases, participants = _clusters(len(model), people, same_cases=same_cases)
    few = min(len(np.unique(people.cases)), len(np.unique(people.participants)), len(model))
    if few < 2:
        return Difference(estimate, reason="fewer than two cases or participants")
    outcomes = np.concatenate([model, people.correct]).astype(np.float64)
    is_model = np.arange(len(outcomes)) < len(model)
    regression = OLS(outcomes, np.column_stack([np.ones(len(outcomes)), is_model]))
    clusters = (cases, participants)
    error = clustered_error(regression, clusters, coefficient=1, fewest=few)
    assert error is not None
    variance = error**2 + sum(map(_unseen_variance, (model, people.correct)))
    error = float(np.sqrt(variance))
    wide, narrow = ((estimate - z * error, estimate + z * error) for z in (Z, Z_ONE_SIDED))
    return Difference(estimate, wide, narrow, standard_error=error)


def _clusters(num_cases: int, people: Trials, *, same_cases: bool) -> Sequence[Integers]:
    numbers = np.arange(num_cases)
    own = people.cases if same_cases else people.cases + num_cases
    alone = numbers + people.participants.max() + 1
    return np.concatenate([numbers, own]), np.concatenate([alone, people.participants])


def _unseen_variance(correct: Booleans) -> float:
    if 0 < correct.sum() < len(correct):
        return 0.0
    share = (correct.sum() + 2) / (len(correct) + 4)
    return float(share * (1 - share) / (len(correct) + 4))


def equivalence(estimate: float, *, standard_error: float, margin: float) -> Equivalence:
    """Two one-sided tests, by the normal distribution (Schuirmann 1987, J Pharmacokin 15:657).

    Args:
        estimate: The difference.
        standard_error: The difference's, above 0.
        margin: As a share, above 0.
    """
    p_value = float(norm.sf((margin - abs(estimate)) / standard_error))
    smallest = abs(estimate) + float(norm.isf(SIGNIFICANCE)) * standard_error
    return Equivalence(margin, p_value, p_value < SIGNIFICANCE, smallest)


def difficulty(margins: Floats, people: Trials) -> Difficulty:
    """Spearman's correlation, with the interval of Bonett & Wright 2000 (Psychometrika 65:23).

    Args:
        margins: By how much the altered version's perplexity exceeds the original's, shape
            (num_cases,).
        people: Trials on these cases.
    """
    people_right = shares(people.correct, people.cases, num_cases=len(margins))
    asked = ~np.isnan(people_right)
    count = int(asked.sum())
    dropped = len(margins) - count
    found = spearman(margins[asked], people_right[asked])
    if found is None:
        reason = "too few cases, or margins or shares that do not differ between them"
        return Difficulty(None, reason=reason, num_cases=count, num_dropped=dropped)
    correlation, p_value = found
    interval, reason = None, ""
    if count < 4 or abs(correlation) == 1:
        reason = "too few cases for an interval" if count < 4 else "a perfect correlation"
    else:
        half = Z * np.sqrt((1 + correlation**2 / 2) / (count - 3))
        low, high = (float(np.tanh(np.arctanh(correlation) + side * half)) for side in (-1, 1))
        interval = low, high
    return Difficulty(
        correlation,
        interval,
        reason=reason,
        p_value=p_value,
        num_cases=count,
        num_dropped=dropped,
    )
