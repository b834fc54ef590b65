"""Noise ceiling: how far people agree on which cases are hard."""

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
from scipy.stats import spearmanr

from components.formats.statistics import NoiseCeiling
from components.statistics.clustered import Floats, Integers
from components.statistics.trials import Trials, shares

NUM_SPLITS = 500
NUM_RESAMPLES = 500
FEWEST_CASES = 3  # that a rank correlation needs


def noise_ceiling(
    people: Trials,
    *,
    seed: int,
    num_splits: int = NUM_SPLITS,
    num_resamples: int = NUM_RESAMPLES,
) -> NoiseCeiling:
    """Mean rank correlation between random halves of the people, stepped up to all of them.

    Stepped up by Spearman & Brown's formula, 2 r / (1 + r). A split counts in which at least
    three cases were seen by both halves and both differ between them. The interval is that of the
    mean correlation by the percentile bootstrap over cases (Efron & Tibshirani 1993, An
    Introduction to the Bootstrap, chapter 13), stepped up likewise. Where it holds 0, the trials
    do not show that any case is harder than another, and there is no ceiling. The seed decides on
    splits and resamples.
    """
    draw = np.random.default_rng(seed)
    splits = [_shares_of_halves(people, draw) for _ in range(num_splits)]
    correlated = [(each, found[0]) for each in splits if (found := spearman(*_seen(each)))]
    unknown = partial(NoiseCeiling, None, None, None, len(correlated))
    if not correlated:
        return unknown("no two halves of the people can be compared")
    mean = float(np.mean([found for _, found in correlated]))
    if mean <= 0:
        return unknown("people do not agree on which cases are hard")
    resampled = _resampled([each for each, _ in correlated], num_resamples=num_resamples, seed=seed)
    ends = np.quantile(resampled, (0.025, 0.975)) if len(resampled) else np.zeros(2)
    if ends[0] <= 0:
        return unknown("the trials are too few to tell hard cases from easy ones")
    ceiling, low, high = (
        float(np.sqrt(2 * each / (1 + each))) for each in (mean, *map(float, ends))
    )
    return NoiseCeiling(ceiling**2, ceiling, (low, high), len(correlated))


def _shares_of_halves(people: Trials, draw: np.random.Generator) -> Floats:
    """Share of right choices in each case among two halves of the people, shape (2, num_cases)."""
    count, size = int(people.participants.max()) + 1, int(people.cases.max()) + 1
    first = (draw.permutation(count) < count // 2)[people.participants]
    halves = ((people.correct[half], people.cases[half]) for half in (first, ~first))
    return np.stack([shares(*half, num_cases=size) for half in halves])


def _seen(halves: Floats) -> Floats:
    """The shares of the cases that both halves saw."""
    return halves[:, ~np.isnan(halves).any(axis=0)]


def _resampled(splits: Sequence[Floats], *, num_resamples: int, seed: int) -> Floats:
    """Mean correlation of the halves in each resample of the cases that allows one."""
    size = splits[0].shape[1]
    resample = np.random.default_rng([seed, 1])
    weights = resample.multinomial(size, np.full(size, 1 / size), size=num_resamples).astype(float)
    total, count = np.zeros(num_resamples), np.zeros(num_resamples)
    for halves in splits:
        both = ~np.isnan(halves).any(axis=0)
        one, other = halves[:, both]
        found = weighted_spearman(one, other, weights[:, both])
        total += np.nan_to_num(found)
        count += ~np.isnan(found)
    means: Floats = total[count > 0] / count[count > 0]
    return means


def weighted_spearman(one: Floats, other: Floats, weights: Floats) -> Floats:
    """Spearman's rank correlation of two series for several weightings of the pairs.

    Args:
        one: Shape (num_pairs,).
        other: Shape (num_pairs,).
        weights: How often each pair counts, shape (num_weightings, num_pairs).

    Returns:
        Shape (num_weightings,); NaN where a series is constant.
    """
    groups = [np.unique(each, return_inverse=True)[1] for each in (one, other)]
    joint = groups[0] * (groups[1].max() + 1) + groups[1]
    cells, cell_of = np.unique(joint, return_inverse=True)
    counts = weights @ _indicators(cell_of)  # (num_weightings, num_cells)
    labels = cells // (groups[1].max() + 1), cells % (groups[1].max() + 1)
    first, second = (_centred_ranks(each, counts) for each in labels)
    covariance = np.sum(counts * first * second, axis=1)
    spread = np.sum(counts * first**2, axis=1) * np.sum(counts * second**2, axis=1)
    found: Floats = np.full(len(weights), np.nan)
    np.divide(covariance, np.sqrt(spread), out=found, where=spread > 0)
    return np.clip(found, -1, 1)


def _centred_ranks(groups: Integers, counts: Floats) -> Floats:
    """Mean ranks of tied cells, less their mean, shape (num_weightings, num_cells)."""
    totals = counts @ _indicators(groups)
    middles = np.cumsum(totals, axis=1) - totals / 2
    ranks: Floats = middles[:, groups] - totals.sum(axis=1, keepdims=True) / 2
    return ranks


def _indicators(groups: Integers) -> Floats:
    found: Floats = (groups[:, None] == np.arange(groups.max() + 1)).astype(np.float64)
    return found


def spearman(one: Floats, other: Floats) -> tuple[float, float] | None:
    """Spearman's rank correlation of two series and its two-sided p value.

    A perfect one is 1 or -1. None with fewer than 3 pairs or where one series is constant.
    """
    if len(one) < FEWEST_CASES or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    found = spearmanr(one, other)
    rho = float(found.statistic)
    if math.isclose(abs(rho), 1, rel_tol=1e-12):  # rounding
        rho = math.copysign(1, rho)
    return rho, float(found.pvalue)
