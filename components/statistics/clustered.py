"""Standard errors where observations come in clusters: of one person, of one case."""

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Booleans: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]


def clustered_variance(influences: Floats, clusters: Sequence[Integers]) -> float:
    """Variance of a sum whose terms are independent between clusters, not within.

    With one labelling, the sum of the squared totals of the clusters; with two, the sum of both
    variances less that of the clusters' intersections (Cameron, Gelbach & Miller 2011, Journal of
    Business & Economic Statistics 29:238). That can fall to nothing or below: then the largest of
    the three.

    Args:
        influences: Terms, centred, shape (num_observations,).
        clusters: One or two labellings of the observations, each of shape (num_observations,).
    """
    alone = [_sum_of_squares(influences, labels) for labels in clusters]
    if len(clusters) == 1:
        return alone[0]
    both = np.unique(np.column_stack(clusters), axis=0, return_inverse=True)[1].ravel()
    within = _sum_of_squares(influences, both)
    variance = sum(alone) - within
    # What rounding leaves of a difference of equal numbers is no variance.
    return variance if variance > 1e-12 * sum(alone) else max(*alone, within)


def num_clusters(clusters: Sequence[Integers]) -> int:
    """Clusters in the labelling that has the fewest."""
    return min(len(np.unique(labels)) for labels in clusters)


def clustered_error(
    influences: Floats,
    clusters: Sequence[Integers],
    *,
    fewest: int | None = None,
) -> float | None:
    """Standard error of a sum whose terms come in clusters.

    The variance is multiplied by G / (G - 1), with the fewest clusters G of a labelling (Cameron &
    Miller 2015, Journal of Human Resources 50:317, section V.A).

    Args:
        influences: Terms, centred, shape (num_observations,).
        clusters: One or two labellings of the observations, each of shape (num_observations,).
        fewest: G, where it is not the number of labels.

    Returns:
        None where a labelling has fewer than two clusters: no variance is known then.
    """
    count = num_clusters(clusters) if fewest is None else fewest
    if count < 2:
        return None
    return math.sqrt(clustered_variance(influences, clusters) * count / (count - 1))


def _sum_of_squares(influences: Floats, labels: Integers) -> float:
    index = np.unique(labels, return_inverse=True)[1]
    return float(np.sum(np.bincount(index, weights=influences) ** 2))
