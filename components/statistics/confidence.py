"""Confidence: accuracy by its rank, and how well it separates right choices from wrong ones.

The original puts models in 10 bins and people in 20, and breaks ties of confidence by the order of
the file: of 1,011 trials on a slider of 100 steps most are tied, so the bins depend on that order.
"""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import expit, logit
from scipy.stats import linregress, rankdata, sem, ttest_1samp
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from statsmodels.discrete.discrete_model import Logit
from statsmodels.tools.sm_exceptions import ModelWarning, PerfectSeparationError

from components.formats.statistics import (
    NUM_BINS,
    Bin,
    Confidence,
    Estimate,
    Logistic,
    PublishedLogistic,
    RankBins,
)
from components.statistics.accuracy import binomial_interval
from components.statistics.clustered import Booleans, Floats, Integers, clustered_error, mean_of

NUM_SUBSETS, SUBSET_SHARE = 5, 0.8  # of the original's regressions
MOST_ITERATIONS = 200
ALIKE = "every choice is {}"
CONSTANT = "every choice is made with the same confidence"
SEPARATED = "confidence separates right from wrong choices completely"


def confidence_statistics(
    confidence: Floats,
    correct: Booleans,
    clusters: Sequence[Integers],
    *,
    num_published_bins: int,
    seed: int,
) -> Confidence:
    """Everything about the confidence of choices; the seed decides on the original's subsets."""
    return Confidence(
        auroc=auroc(confidence, correct, clusters),
        bins=rank_bins(confidence, correct),
        published_bins=published_bins(confidence, correct, num_bins=num_published_bins),
        logistic=logistic(confidence, correct, clusters),
        published_logistic=published_logistic(confidence, correct, seed=seed),
    )


def published_bins(confidence: Floats, correct: Booleans, *, num_bins: int) -> RankBins:
    """The bins of the original: tied choices have different ranks, in their order.

    https://github.com/braingpt-lovelab/matching_experts, calibration_machine_and_human_v2.py.
    """
    return _binned(rankdata(confidence, method="ordinal") - 1, correct, num_bins=num_bins)


def rank_bins(confidence: Floats, correct: Booleans, *, num_bins: int = NUM_BINS) -> RankBins:
    """Bins that do not depend on the order of choices: tied ones share that of their mean rank."""
    return _binned(rankdata(confidence, method="average") - 1, correct, num_bins=num_bins)


def _binned(ranks: Floats, correct: Booleans, *, num_bins: int) -> RankBins:
    index = (ranks * num_bins // len(ranks)).astype(np.int64)  # exact: a rounded edge moves ranks
    totals = np.bincount(index, minlength=num_bins)
    right = np.bincount(index[correct], minlength=num_bins)
    middles = (np.arange(num_bins) + 0.5) / num_bins
    bins = tuple(
        Bin(
            float(middle),
            int(some),
            int(total),
            binomial_interval(int(some), int(total)) if total else None,
        )
        for middle, some, total in zip(middles, right, totals, strict=True)
    )
    filled = totals > 0
    if filled.sum() < 2:
        return RankBins(bins, None, None)
    line = linregress(middles[filled], right[filled] / totals[filled])
    return RankBins(bins, float(line.slope), float(line.intercept))


def auroc(confidence: Floats, correct: Booleans, clusters: Sequence[Integers]) -> Estimate:
    """The area under the ROC curve with DeLong's interval, formed on the logit's scale.

    DeLong, DeLong & Clarke-Pearson 1988, Biometrics 44:837; with their components summed within
    clusters as in Obuchowski 1997, Biometrics 53:567, and t quantiles.
    """
    if correct.all() or not correct.any():
        return Estimate(None, reason=ALIKE.format("right" if correct.any() else "wrong"))
    area = float(roc_auc_score(correct, confidence))
    if np.ptp(confidence) == 0:
        return Estimate(area, reason=CONSTANT)
    if np.isclose(area, (0, 1), rtol=0, atol=1e-12).any():
        return Estimate(area, reason=SEPARATED)
    influences = _influences(confidence, correct, area=area)
    error = clustered_error(mean_of(influences * len(influences)), clusters)
    if error is None:
        return Estimate(area, reason="too few cases or participants for an interval")
    on_logits = replace(error, value=error.value / (area * (1 - area)))
    low, high = (float(expit(end)) for end in on_logits.interval(float(logit(area))))
    return Estimate(area, (low, high))


def _influences(confidence: Floats, correct: Booleans, *, area: float) -> Floats:
    """What each choice adds to the area's deviation from its expectation, (num_choices,)."""
    ranks = rankdata(confidence)
    influences = np.empty(len(correct))
    for mine in (correct, ~correct):
        below = (ranks[mine] - rankdata(confidence[mine])) / np.sum(~mine)
        won = below if mine is correct else 1 - below
        influences[mine] = (won - area) / np.sum(mine)
    return influences


def logistic(confidence: Floats, correct: Booleans, clusters: Sequence[Integers]) -> Logistic:
    """The regression of being right on confidence, its standard error robust to clusters.

    By maximum likelihood. The slope's standard error is that of `clustered_error` (White 1982,
    Econometrica 50:1, within clusters), the interval and p by the t distribution. There is no
    largest likelihood where a confidence exists above which every choice is right and below which
    none is, or the other way round (Albert & Anderson 1984, Biometrika 71:1).
    """
    if reason := _unfit(confidence, correct):
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
        return ALIKE.format("right" if len(right) else "wrong")
    if np.ptp(confidence) == 0:
        return CONSTANT
    return SEPARATED if right.min() >= wrong.max() or wrong.min() >= right.max() else ""
