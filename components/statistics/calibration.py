"""Calibration: accuracy by rank of confidence, and how well confidence separates right choices.

The original puts models in 10 bins and people in 20, and breaks ties of confidence by the order of
the file: of 1,011 trials on a slider of 100 steps most are tied, so the bins depend on that order.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.special import expit, logit
from scipy.stats import linregress, rankdata
from sklearn.metrics import roc_auc_score

from components.formats.statistics import NUM_BINS, Bin, Confidence, Estimate, RankBins
from components.statistics.accuracy import binomial_interval
from components.statistics.clustered import Booleans, Floats, Integers, clustered_error, mean_of
from components.statistics.logistic import logistic, published_logistic

PUBLISHED_BINS_OF_PEOPLE = 20


def confidence_statistics(
    confidence: Floats,
    correct: Booleans,
    clusters: Sequence[Integers],
    *,
    num_published_bins: int,
    seed: int,
) -> Confidence:
    """Everything about the confidence of choices.

    Args:
        confidence: Shape (num_choices,).
        correct: Whether a choice is right, shape (num_choices,).
        clusters: One or two labellings of the choices, each of shape (num_choices,).
        num_published_bins: The original's.
        seed: Decides on the original's subsets.
    """
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

    Args:
        confidence: Shape (num_choices,).
        correct: Whether a choice is right, shape (num_choices,).
        num_bins: 10 for models, 20 for people.
    """
    return _binned(rankdata(confidence, method="ordinal") - 1, correct, num_bins=num_bins)


def rank_bins(confidence: Floats, correct: Booleans, *, num_bins: int = NUM_BINS) -> RankBins:
    """Bins that do not depend on the order of choices: tied ones share a bin, by their mean rank.

    Args:
        confidence: Shape (num_choices,).
        correct: Whether a choice is right, shape (num_choices,).
        num_bins: The same for models and people.
    """
    return _binned(rankdata(confidence, method="average") - 1, correct, num_bins=num_bins)


def _binned(ranks: Floats, correct: Booleans, *, num_bins: int) -> RankBins:
    edges = np.linspace(0, len(ranks), num_bins + 1)
    index = np.searchsorted(edges, ranks, side="right") - 1
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

    Args:
        confidence: Shape (num_choices,).
        correct: Whether a choice is right, shape (num_choices,).
        clusters: One or two labellings of the choices, each of shape (num_choices,).
    """
    if correct.all() or not correct.any():
        return Estimate(None, reason=f"every choice is {'right' if correct.any() else 'wrong'}")
    area = float(roc_auc_score(correct, confidence))
    if np.ptp(confidence) == 0:
        return Estimate(area, reason="every choice is made with the same confidence")
    if np.isclose(area, (0, 1), rtol=0, atol=1e-12).any():
        reason = "confidence separates right from wrong choices completely"
        return Estimate(area, reason=reason)
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
