"""Paired comparisons of every two models on the same cases."""

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import binomtest, permutation_test
from statsmodels.stats.multitest import multipletests

from components.formats.statistics import Comparison, Estimate, Interval, McNemar, Permutation
from components.statistics.accuracy import Z
from components.statistics.clustered import Booleans, Floats
from components.statistics.power import cases_between, effect_between

NUM_RESAMPLES = 9999


def comparisons(
    outcomes: Mapping[str, Booleans], *, margin: float, seed: int
) -> tuple[Comparison, ...]:
    """All pairs of models, the later of two as the first.

    Args:
        outcomes: By model, whether it is right, shape (num_cases,); of the same cases.
        margin: As a share.
        seed: Decides on what permutation tests draw.
    """
    pairs = [(one, other) for other, one in itertools.combinations(outcomes, 2)]
    tests = [mcnemar(outcomes[one], outcomes[other]) for one, other in pairs]
    adjusted = holm([test.p_value for test in tests])
    found = []
    for (one, other), test, p_value in zip(pairs, tests, adjusted, strict=True):
        differences = outcomes[one].astype(np.float64) - outcomes[other]
        discordant = (test.only_one + test.only_other) / len(differences)
        interval = paired_interval(test.only_one, test.only_other, num_cases=len(differences))
        comparison = Comparison(
            one=one,
            other=other,
            difference=Estimate(float(differences.mean()), interval),
            mcnemar=test,
            holm_p_value=p_value,
            permutation=permutation(differences, seed=seed),
            detectable_effect=effect_between(len(differences), discordant_share=discordant),
            cases_for_margin=cases_between(margin, discordant_share=discordant),
        )
        found.append(comparison)
    return tuple(found)


def mcnemar(one: Booleans, other: Booleans) -> McNemar:
    """McNemar's exact test (McNemar 1947, Psychometrika 12:153; by the binomial distribution).

    Args:
        one: Whether the first model is right, shape (num_cases,).
        other: Whether the second model is right in the same cases, shape (num_cases,).
    """
    only_one, only_other = int(np.sum(one & ~other)), int(np.sum(other & ~one))
    discordant = only_one + only_other
    p_value = float(binomtest(only_one, discordant).pvalue) if discordant else 1.0
    return McNemar(only_one, only_other, p_value)


def paired_interval(only_one: int, only_other: int, *, num_cases: int) -> Interval:
    """95 % interval of the difference of two models' accuracies in the same cases.

    Wald's, with a case more that only the first and one that only the other has right (Bonett &
    Price 2012, Journal of Educational and Behavioral Statistics 37:479).

    Args:
        only_one: Cases right for the first model only.
        only_other: Cases right for the other only.
        num_cases: All cases.
    """
    one, other = ((count + 1) / (num_cases + 2) for count in (only_one, only_other))
    difference = one - other
    half = Z * math.sqrt((one + other - difference**2) / (num_cases + 2))
    return max(-1.0, difference - half), min(1.0, difference + half)


def holm(p_values: Sequence[float]) -> list[float]:
    """P values adjusted for their number (Holm 1979, Scandinavian Journal of Statistics 6:65)."""
    if not p_values:
        return []
    return [float(value) for value in multipletests(p_values, method="holm")[1]]


def permutation(
    differences: Floats, *, seed: int, num_resamples: int = NUM_RESAMPLES
) -> Permutation:
    """The paired permutation test: each pair's two values may be exchanged.

    All exchanges are counted where the differences have one size (by the binomial distribution:
    of right and wrong choices it is McNemar's exact test) or are few; else some are drawn, and p
    is (as extreme + 1) / (drawn + 1) on either side (Phipson & Smyth 2010, Statistical
    Applications in Genetics and Molecular Biology 9:39).

    Args:
        differences: First less second value of each pair, shape (num_pairs,), at least one.
        seed: Decides on the exchanges that are drawn.
        num_resamples: How many are drawn.
    """
    mean = float(differences.mean())
    moved = differences[differences != 0]  # an exchange of equal values changes nothing
    if not len(moved):
        return Permutation(mean, 1.0, exact=True)
    if np.ptp(np.abs(moved)) == 0:
        p_value = binomtest(int(np.sum(moved > 0)), len(moved)).pvalue
        return Permutation(mean, float(p_value), exact=True)
    found = permutation_test(
        (moved,),
        np.mean,
        permutation_type="samples",
        vectorized=True,
        n_resamples=num_resamples,
        batch=1000,
        rng=np.random.default_rng(seed),
    )
    return Permutation(mean, float(found.pvalue), exact=2 ** len(moved) <= num_resamples)
