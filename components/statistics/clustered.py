"""Standard errors where observations come in clusters: of one person, of one case."""

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from statsmodels.regression.linear_model import OLS

Booleans: TypeAlias = NDArray[np.bool_]
Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
FIT = {"disp": 0, "maxiter": 200}  # for regressions that are fitted step by step


def clustered_error(
    model: Any,  # noqa: ANN401 (a regression of statsmodels)
    clusters: Sequence[Integers],
    *,
    coefficient: int = 0,
    fewest: int | None = None,
) -> float | None:
    """Standard error of a regression's coefficient, robust to clusters.

    With one labelling, observations are independent between clusters, not within; with two, the
    variance is the sum of both less that of the clusters' intersections (Cameron, Gelbach & Miller
    2011, Journal of Business & Economic Statistics 29:238). That can fall to nothing or below: then
    it is the largest of the three. It is multiplied by G / (G - 1), with the fewest clusters G of a
    labelling (Cameron & Miller 2015, Journal of Human Resources 50:317, section V.A); the
    correction of statsmodels holds a factor for the number of coefficients as well.

    Args:
        model: `OLS`, `Logit` or their like, not yet fitted.
        clusters: One or two labellings of the observations, each of shape (num_observations,).
        coefficient: Its number.
        fewest: G, where it is not the number of labels.

    Returns:
        None where a labelling has fewer than two clusters: no variance is known then.
    """
    count = num_clusters(clusters) if fewest is None else fewest
    if count < 2:
        return None

    def variance(groups: Integers) -> float:
        kwds = {"groups": groups, "use_correction": False}
        fit = model.fit(**FIT, cov_type="cluster", cov_kwds=kwds)
        return float(fit.cov_params()[coefficient, coefficient])

    if len(clusters) == 1:
        found = variance(clusters[0])
    else:
        found = variance(np.column_stack(clusters))
        alone = [variance(labels) for labels in clusters]
        # What rounding leaves of a difference of equal numbers is no variance.
        if found <= 1e-12 * sum(alone):
            both = np.unique(np.column_stack(clusters), axis=0, return_inverse=True)[1].ravel()
            found = max(*alone, variance(both))
    return math.sqrt(found * count / (count - 1))


def num_clusters(clusters: Sequence[Integers]) -> int:
    """Clusters in the labelling that has the fewest."""
    return min(len(np.unique(labels)) for labels in clusters)


def mean_of(values: Floats | Booleans) -> Any:  # noqa: ANN401
    """The regression whose only coefficient is the mean of values, shape (num_observations,)."""
    return OLS(values.astype(np.float64), np.ones(len(values)))
