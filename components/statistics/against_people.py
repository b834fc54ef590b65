"""Models beside people: difference, equivalence and correlation of difficulty."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import numpy as np
from scipy.stats import t
from statsmodels.regression.linear_model import OLS

from components.formats.statistics import (
    SIGNIFICANCE,
    AgainstPeople,
    Difference,
    Difficulty,
    Equivalence,
)
from components.statistics.accuracy import Z
from components.statistics.clustered import (
    Booleans,
    Floats,
    StandardError,
    cluster_variance,
    degrees_of_freedom,
    intersections,
    mean_of,
    two_way_variance,
)
from components.statistics.comparison import holm
from components.statistics.noise_ceiling import spearman
from components.statistics.power import power_against_people
from components.statistics.trials import Trials, shares


def against_people(
    margins: Mapping[str, Floats], people: Trials, *, margin: float
) -> dict[str, AgainstPeople]:
    """Each model beside people, with a margin of equivalence as a share.

    `margins` of the cases are by model, `people` trials on these cases.
    """
    found = {name: _beside(each, people, margin=margin) for name, each in margins.items()}
    tested = {
        name: each.difference.p_value
        for name, each in found.items()
        if each.difference.p_value is not None
    }
    adjusted = dict(zip(tested, holm(list(tested.values())), strict=True))
    return {name: replace(each, holm_p_value=adjusted.get(name)) for name, each in found.items()}


def _beside(margins: Floats, people: Trials, *, margin: float) -> AgainstPeople:
    right = margins > 0
    estimate = float(right.mean() - people.correct.mean())
    error = error_of_difference(right, people)
    beside = AgainstPeople(
        difference=Difference(estimate, reason="fewer than two cases or participants"),
        holm_p_value=None,
        equivalence=None,
        difficulty=difficulty(margins, people),
        power=None,
    )
    if error is None:
        return beside
    degrees = error.degrees_of_freedom
    return replace(
        beside,
        difference=Difference(
            estimate,
            error.interval(estimate),
            error.interval(estimate, level=0.9),
            standard_error=error.value,
            degrees_of_freedom=degrees if np.isfinite(degrees) else None,
            p_value=error.p_value(estimate),
        ),
        equivalence=equivalence(estimate, error=error, margin=margin),
        power=power_against_people(margin, error=error, num_cases=len(right)),
    )


def error_of_difference(model: Booleans, people: Trials) -> StandardError | None:
    """Standard error of a model's accuracy less people's, over all their trials.

    The two accuracies are the means of one regression on who chose: the model's choices and the
    people's trials are its observations, clustered by case (those of a model too, as both have the
    case's difficulty in common). What participants add is the variance of people's accuracy by
    participant less that by trial. Of the published neuro model the difference is -.009 with the
    interval [-.082, .064]; clustered by participant alone, or without the cases in common, it has
    other ends.

    A share of 0 or 1 has no variance in its sample: two right and two wrong choices more are
    taken for it (Agresti & Coull 1998, The American Statistician 52:119).

    Args:
        model: Whether the model is right, shape (num_cases,).
        people: Trials on these cases; None comes back for fewer than two cases or participants.
    """
    counts = [len(np.unique(labels)) for labels in people.clusters]
    if min(counts) < 2:
        return None
    outcomes = np.concatenate([model, people.correct]).astype(np.float64)
    is_model = np.arange(len(outcomes)) < len(model)
    fit = OLS(outcomes, np.column_stack([np.ones(len(outcomes)), is_model])).fit()
    cases = np.concatenate([np.arange(len(model)), people.cases])
    accuracy = mean_of(people.correct)
    alone = (
        cluster_variance(fit, cases, coefficient=1),
        cluster_variance(accuracy, people.participants),
    )
    within = cluster_variance(accuracy, intersections(people.clusters))
    variance = two_way_variance(alone, within=within)
    degrees = degrees_of_freedom(variance, alone=alone, num_clusters=counts)
    unseen = sum(map(_unseen_variance, (model, people.correct)))
    return StandardError(float(np.sqrt(variance + unseen)), degrees)


def _unseen_variance(correct: Booleans) -> float:
    if 0 < correct.sum() < len(correct):
        return 0.0
    share = (correct.sum() + 2) / (len(correct) + 4)
    return float(share * (1 - share) / (len(correct) + 4))


def equivalence(estimate: float, *, error: StandardError, margin: float) -> Equivalence:
    """Two one-sided t tests of a difference (Schuirmann 1987, J Pharmacokin 15:657)."""
    degrees = error.degrees_of_freedom
    p_value = float(t.sf((margin - abs(estimate)) / error.value, degrees))
    smallest = abs(estimate) + float(t.isf(SIGNIFICANCE, degrees)) * error.value
    return Equivalence(margin, p_value, p_value < SIGNIFICANCE, smallest)


def difficulty(margins: Floats, people: Trials) -> Difficulty:
    """Spearman's correlation, with the interval of Bonett & Wright 2000 (Psychometrika 65:23).

    Its p is by the t distribution, which knows nothing of a perfect correlation (p would be 0 even
    in three cases) and little of three cases.
    """
    people_right = shares(people.correct, people.cases, num_cases=len(margins))
    asked = ~np.isnan(people_right)
    count = int(asked.sum())
    known = partial(Difficulty, num_cases=count, num_dropped=len(margins) - count)
    found = spearman(margins[asked], people_right[asked])
    if found is None:
        reason = "too few cases, or margins or shares that do not differ between them"
        return known(None, reason=reason)
    correlation, p_value = found
    if count < 4 or abs(correlation) == 1:
        reason = "too few cases for an interval" if count < 4 else "a perfect correlation"
        return known(correlation, reason=reason)
    half = Z * np.sqrt((1 + correlation**2 / 2) / (count - 3))
    low, high = (float(np.tanh(np.arctanh(correlation) + side * half)) for side in (-1, 1))
    return known(correlation, (low, high), p_value=p_value)
