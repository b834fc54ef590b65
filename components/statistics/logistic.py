"""Logistic regression of being right on confidence."""

import warnings
from collections.abc import Sequence

import numpy as np
from scipy.stats import sem, ttest_1samp
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from statsmodels.discrete.discrete_model import Logit
from statsmodels.tools.sm_exceptions import ModelWarning, PerfectSeparationError

from components.formats.statistics import Logistic, PublishedLogistic
from components.statistics.clustered import Booleans, Floats, Integers, clustered_error

MOST_ITERATIONS = 200
NUM_SUBSETS = 5
SUBSET_SHARE = 0.8


def logistic(
    confidence: Floats,
    correct: Booleans,
    clusters: Sequence[Integers],
) -> Logistic:
    """The regression by maximum likelihood, its standard error robust to clusters.

    The slope's standard error is that of `clustered_error` (White 1982, Econometrica 50:1, within
    clusters), the interval and p by the t distribution. There is no largest likelihood
    where a confidence exists above which every choice is right and below which none is, or the
    other way round (Albert & Anderson 1984, Biometrika 71:1).

    Args:
        confidence: Shape (num_choices,).
        correct: Whether a choice is right, shape (num_choices,).
        clusters: One or two labellings of the choices, each of shape (num_choices,).
    """
    reason = _unfit(confidence, correct)
    if reason:
        return Logistic(None, reason=reason)
    standardized = (confidence - confidence.mean()) / confidence.std()
    predictors = np.column_stack([np.ones(len(correct)), standardized])  # (num_choices, 2)
    model = Logit(correct.astype(np.float64), predictors)
    with warnings.catch_warnings(), np.errstate(over="ignore"):
        warnings.simplefilter("error", ModelWarning)
        try:
            fit = model.fit(disp=0, maxiter=MOST_ITERATIONS)
            error = clustered_error(fit, clusters, coefficient=1)
        except (ModelWarning, PerfectSeparationError, np.linalg.LinAlgError):
            return Logistic(None, reason="the regression does not converge")
    intercept, slope = (float(value) for value in fit.params)
    if error is None:
        reason = "too few cases or participants for a standard error"
        return Logistic(slope, intercept=intercept, reason=reason)
    return Logistic(
        slope,
        error.interval(slope),
        intercept=intercept,
        standard_error=error.value,
        p_value=error.p_value(slope),
    )


def published_logistic(confidence: Floats, correct: Booleans, *, seed: int) -> PublishedLogistic:
    """The original's regressions, drawn from another generator.

    https://github.com/braingpt-lovelab/matching_experts, calibration_machine_and_human_v2.py.

    Args:
        confidence: Shape (num_choices,).
        correct: Whether a choice is right, shape (num_choices,).
        seed: Decides on the subsets.
    """
    draw = np.random.default_rng(seed)
    size = int(SUBSET_SHARE * len(correct))
    slopes = []
    for _ in range(NUM_SUBSETS):
        subset = draw.choice(len(correct), size, replace=False)
        if len(np.unique(correct[subset])) < 2:
            return PublishedLogistic(reason="every choice of a subset is alike")
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error", ConvergenceWarning)
            try:
                fit = LogisticRegression().fit(confidence[subset, None], correct[subset])
            except ConvergenceWarning:
                return PublishedLogistic(reason="a regression does not converge")
        slopes.append(float(fit.coef_[0, 0]))
    mean, spread = float(np.mean(slopes)), float(sem(slopes))
    if np.ptp(slopes) <= 1e-12 * abs(mean):
        return PublishedLogistic(mean, 0.0, reason="the subsets do not differ")
    test = ttest_1samp(slopes, 0)
    return PublishedLogistic(mean, spread, float(test.pvalue / 2))


def _unfit(confidence: Floats, correct: Booleans) -> str:
    right, wrong = confidence[correct], confidence[~correct]
    if not len(wrong) or not len(right):
        return f"every choice is {'right' if len(right) else 'wrong'}"
    if np.ptp(confidence) == 0:
        return "every choice is made with the same confidence"
    if right.min() >= wrong.max() or wrong.min() >= right.max():
        return "confidence separates right from wrong choices completely"
    return ""
