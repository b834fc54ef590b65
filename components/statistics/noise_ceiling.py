"""Noise ceiling: how far people agree on which cases are hard."""

import numpy as np
from scipy.stats import spearmanr

from components.formats.statistics import NoiseCeiling
from components.statistics.clustered import Booleans, Floats
from components.statistics.trials import Trials, shares

NUM_SPLITS = 500


def noise_ceiling(people: Trials, *, seed: int, num_splits: int = NUM_SPLITS) -> NoiseCeiling:
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
            found.append(between[0])
    if not found:
        return NoiseCeiling(None, None, 0, "no two halves of the people can be compared")
    mean = float(np.mean(found))
    if mean <= 0:
        return NoiseCeiling(None, None, len(found), "people do not agree on which cases are hard")
    reliability = 2 * mean / (1 + mean)
    return NoiseCeiling(reliability, float(np.sqrt(reliability)), len(found))


def _between(people: Trials, first: Booleans) -> tuple[float, float] | None:
    size = int(people.cases.max()) + 1
    halves = [
        shares(people.correct[half], people.cases[half], num_cases=size) for half in (first, ~first)
    ]
    both = ~np.isnan(halves[0]) & ~np.isnan(halves[1])
    return spearman(halves[0][both], halves[1][both])


def spearman(one: Floats, other: Floats) -> tuple[float, float] | None:
    """Spearman's rank correlation of two series and its two-sided p value.

    None with fewer than 3 pairs or where one series is constant.
    """
    if len(one) < 3 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    found = spearmanr(one, other)
    return float(np.clip(found.statistic, -1, 1)), float(found.pvalue)
