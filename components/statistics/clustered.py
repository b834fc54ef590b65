"""Standard errors where observations come in clusters: of one person, of one case.

Throughout this stage, `correct` is whether a choice is right, `confidence` how sure it was, and
`clusters` one or two labellings of the choices: each of shape (num_choices,). `margins` are by how
much the altered version's perplexity exceeds the original's, shape (num_cases,).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.sandwich_covariance import cov_cluster

from components.formats.statistics import Interval

Booleans: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

# "Few" begins below 20 to 50 clusters (Cameron & Miller 2015, Journal of Human Resources 50:317).
MANY_CLUSTERS = 50


@dataclass(frozen=True)
class StandardError:
    """A standard error, and how well it is known."""

    value: float  # above 0
    # Of the t distribution for intervals and tests: may be no whole number, and infinite, which is
    # the normal distribution
    degrees_of_freedom: float

    def interval(self, estimate: float, *, level: float = 0.95) -> Interval:
        """The two-sided t interval around an estimate."""
        half = self.value * float(t.ppf((1 + level) / 2, self.degrees_of_freedom))
        return estimate - half, estimate + half

    def p_value(self, estimate: float) -> float:
        """Two-sided p of the t test that the true value is 0."""
        return float(2 * t.sf(abs(estimate) / self.value, self.degrees_of_freedom))


def clustered_error(
    fit: Any,  # noqa: ANN401 (a regression of statsmodels)
    clusters: Sequence[Integers],
    *,
    coefficient: int = 0,
) -> StandardError | None:
    """Standard error of a regression's coefficient, robust to clusters.

    Args:
        fit: Of `OLS`, `Logit` or their like.
        clusters: One or two labellings of the observations.
        coefficient: Its number.

    Returns:
        None where a labelling has fewer than two clusters or these do not differ: no variance is
        known.
    """
    counts = [len(np.unique(labels)) for labels in clusters]
    if min(counts) < 2:
        return None
    alone = [cluster_variance(fit, labels, coefficient=coefficient) for labels in clusters]
    variance = alone[0]
    if len(clusters) == 2:
        within = cluster_variance(fit, intersections(clusters), coefficient=coefficient)
        variance = two_way_variance(alone, within=within)
    # Of clusters that are alike, rounding leaves a variance far below that of single observations.
    single = cluster_variance(fit, np.arange(int(fit.nobs)), coefficient=coefficient)
    if variance <= 1e-12 * single:
        return None
    degrees = degrees_of_freedom(variance, alone=alone, num_clusters=counts)
    return StandardError(math.sqrt(variance), degrees)


def cluster_variance(fit: Any, labels: Integers, *, coefficient: int = 0) -> float:  # noqa: ANN401
    """Variance of a regression's coefficient with observations independent between clusters only.

    It is multiplied by G / (G - 1) for G clusters, at least 2; the correction of statsmodels holds
    a factor for the number of coefficients as well.
    """
    count = len(np.unique(labels))
    covariance = cov_cluster(fit, labels, use_correction=False)
    return float(covariance[coefficient, coefficient]) * count / (count - 1)


def two_way_variance(alone: Sequence[float], *, within: float) -> float:
    """Variance with two labellings: the sum of both less that of their intersections.

    Cameron, Gelbach & Miller 2011, Journal of Business & Economic Statistics 29:238, each with its
    own correction. Where it falls to nothing or below, it is the largest of the three.
    """
    found = sum(alone) - within
    # What rounding leaves of a difference of equal numbers is no variance.
    return found if found > 1e-12 * sum(alone) else max(*alone, within)


def degrees_of_freedom(
    variance: float, *, alone: Sequence[float], num_clusters: Sequence[int]
) -> float:
    """Satterthwaite's degrees of freedom (1946, Biometrics Bulletin 2:110) of a variance.

    It is a sum of two: the variance by the labelling of fewest clusters, known with one degree of
    freedom less than these, and what the other one adds, known with one less than its clusters.
    With `MANY_CLUSTERS` in every labelling the t distribution is taken for the normal one.

    Args:
        variance: By all labellings, 0 or more.
        alone: By each labelling.
        num_clusters: Of each labelling, at least two.
    """
    fewest, most = min(num_clusters), max(num_clusters)
    if fewest >= MANY_CLUSTERS:
        return math.inf
    scarce = alone[int(np.argmin(num_clusters))]
    share = min(1.0, scarce / variance) if variance else 1.0
    return 1 / (share**2 / (fewest - 1) + (1 - share) ** 2 / (most - 1))


def intersections(clusters: Sequence[Integers]) -> Integers:
    """Labels of the observations that have both labels in common, shape (num_observations,)."""
    found: Integers = np.unique(np.column_stack(clusters), axis=0, return_inverse=True)[1].ravel()
    return found


def num_clusters(clusters: Sequence[Integers]) -> int:
    """Clusters in the labelling that has the fewest."""
    return min(len(np.unique(labels)) for labels in clusters)


def mean_of(values: Floats | Booleans) -> Any:  # noqa: ANN401
    """The regression whose only coefficient is the mean of values."""
    return OLS(values.astype(np.float64), np.ones(len(values))).fit()
