"""Paired comparisons of every two models on the same cases."""

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.stats import binomtest

from components.formats.statistics import Comparison, Estimate, Interval, McNemar
from components.statistics.accuracy import Z
from components.statistics.clustered import Booleans
from components.statistics.power import cases_between, effect_between


def comparisons(outcomes: Mapping[str, Booleans], *, margin: float) -> tuple[Comparison, ...]:
    """All pairs of models, the later of two as the first.

    Args:
        outcomes: By model, whether it is right in the same cases, shape (num_cases,).
        margin: As a share.
    """
    pairs = [(one, other) for other, one in itertools.combinations(outcomes, 2)]
    tests = [mcnemar(outcomes[one], outcomes[other]) for one, other in pairs]
    adjusted = holm([test.p_value for test in tests])
    found = []
    for (one, other), test, p_value in zip(pairs, tests, adjusted, strict=True):
        differences = outcomes[one].astype(np.float64) - outcomes[other]
        discordant = (test.only_one + test.only_other) / len(differences)
        interval = paired_interval(test.only_one, test.only_other, num_cases=len(differences))
        found.append(
            Comparison(
                one=one,
                other=other,
                difference=Estimate(float(differences.mean()), interval),
                mcnemar=test,
                holm_p_value=p_value,
                detectable_effect=effect_between(len(differences), discordant_share=discordant),
                cases_for_margin=cases_between(margin, discordant_share=discordant),
            )
        )
    return tuple(found)


def mcnemar(one: Booleans, other: Booleans) -> McNemar:
    """McNemar's exact test (McNemar 1947, Psychometrika 12:153; by the binomial distribution)."""
    only_one, only_other = int(np.sum(one & ~other)), int(np.sum(other & ~one))
    discordant = only_one + only_other
    p_value = float(binomtest(only_one, discordant).pvalue) if discordant else 1.0
    return McNemar(only_one, only_other, p_value)


def paired_interval(only_one: int, only_other: int, *, num_cases: int) -> Interval:
    """95 % interval of the difference of two models' accuracies in the same cases.

    Wald's, with a case more that only the first and one that only the other has right (Bonett &
    Price 2012, Journal of Educational and Behavioral Statistics 37:479).
    """
    one, other = ((count + 1) / (num_cases + 2) for count in (only_one, only_other))
    difference = one - other
    half = Z * math.sqrt((one + other - difference**2) / (num_cases + 2))
    return max(-1.0, difference - half), min(1.0, difference + half)


def holm(p_values: Sequence[float]) -> list[float]:
    """P values adjusted for their number (Holm 1979, Scandinavian Journal of Statistics 6:65)."""
    # statsmodels' multipletests collects all of Python's garbage at each call: 0.2 seconds.
    values = np.asarray(p_values, np.float64)
    order = np.argsort(values)
    adjusted = np.empty_like(values)
    adjusted[order] = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    return [float(value) for value in np.minimum(adjusted, 1)]
