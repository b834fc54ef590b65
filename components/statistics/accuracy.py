"""Accuracy: the share of right choices, at least one, with its interval."""

import math
from collections.abc import Sequence

import numpy as np
from scipy.stats import binomtest, norm, t

from components.formats.statistics import Accuracy, Interval
from components.statistics.clustered import (
    Booleans,
    Integers,
    clustered_error,
    degrees_of_freedom,
    mean_of,
    num_clusters,
)

Z = float(norm.ppf(0.975))  # of a two-sided 95 % interval


def accuracy(correct: Booleans) -> Accuracy:
    """The share of independent right choices."""
    total, right = len(correct), int(correct.sum())
    return Accuracy(
        value=right / total,
        interval=binomial_interval(right, total),
        correct=right,
        total=total,
        effective_total=float(total),
    )


def clustered_accuracy(correct: Booleans, clusters: Sequence[Integers]) -> Accuracy:
    """The share of right choices, with Wilson's interval at the effective sample size.

    The effective sample size is the number of independent choices with the same estimated
    variance, 1 + share (1 - share) / variance, times the squared ratio of the t quantiles with as
    many degrees of freedom as independent choices and as the variance have, which matters with few
    clusters (Korn & Graubard 1998, Survey Methodology 24:193; with Wilson's interval, Franco et al.
    2019, Journal of Survey Statistics and Methodology 7:334). It is 1 at least, and at most the
    number of choices. Where all choices are alike or a labelling has one cluster only, no variance
    is known, and the choices of a cluster count as one.
    """
    total, right = len(correct), int(correct.sum())
    share = right / total
    error = clustered_error(mean_of(correct), clusters)
    if error is None or right in (0, total):
        effective = float(num_clusters(clusters))
    else:
        independently = degrees_of_freedom(1, alone=[1], num_clusters=[total])
        quantiles = t.ppf(0.975, [independently, error.degrees_of_freedom])
        known = float(quantiles[0] / quantiles[1]) ** 2
        independent = 1 + share * (1 - share) / error.value**2
        effective = max(1.0, min(float(total), known * independent))
    interval = wilson(share, effective)
    return Accuracy(share, interval, correct=right, total=total, effective_total=effective)


def binomial_interval(correct: int, total: int) -> Interval:
    """Wilson's score interval of 95 % (Wilson 1927, JASA 22:209) of right choices among all."""
    bounds = binomtest(correct, total).proportion_ci(method="wilson")
    return float(bounds.low), float(bounds.high)


def wilson(share: float, total: float) -> Interval:
    """Wilson's score interval of 95 % at an effective sample size, which may be no whole number."""
    middle = (share + Z**2 / (2 * total)) / (1 + Z**2 / total)
    half = math.sqrt(share * (1 - share) / total + (Z / (2 * total)) ** 2) * Z / (1 + Z**2 / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def accuracy_by_section(
    correct: Booleans, sections: Sequence[str], clusters: Sequence[Integers] = ()
) -> dict[str, Accuracy]:
    """The accuracy in each section, by name; without clusters, choices are independent."""
    found = {}
    for name in sorted(set(sections)):
        inside = np.array(sections) == name
        labels = [each[inside] for each in clusters]
        right = correct[inside]
        found[name] = clustered_accuracy(right, labels) if labels else accuracy(right)
    return found
