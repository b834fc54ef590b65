"""Power: the detectable difference of a number of cases, and the cases that a difference needs.

All at a two-sided level of 5 % and a power of 80 %, by normal approximation, or with t quantiles
against people; the exact tests used elsewhere need a few cases more.
"""

import math

from scipy.stats import norm, t

from components.formats.statistics import CHANCE, SIGNIFICANCE, PowerAgainstPeople
from components.statistics.clustered import StandardError

POWER = 0.8
Z_LEVEL = float(norm.isf(SIGNIFICANCE / 2))
Z_POWER = float(norm.ppf(POWER))


def effect_above_chance(num_cases: int) -> float | None:
    """Smallest difference from chance that is detectable; None where none is.

    Fleiss, Levin & Paik 2003, Statistical Methods for Rates and Proportions, chapter 2.
    """
    # From n d² = (a/2 + b √(1/4 - d²))², with a and b the normal quantiles.
    root = _larger_root(num_cases, CHANCE * (1 - CHANCE))
    return root if root <= 1 - CHANCE else None


def cases_above_chance(effect: float) -> int:
    """Cases that make a difference from chance detectable; it lies above 0, to 0.5 at most."""
    return _cases(effect, CHANCE * (1 - CHANCE))


def effect_between(num_cases: int, *, discordant_share: float) -> float | None:
    """Smallest difference of two models' accuracies that McNemar's test can detect.

    Connor 1987, Biometrics 43:207. None where no difference is detectable that the share of cases
    allows that only one of them has right.
    """
    root = _larger_root(num_cases, discordant_share)
    return root if 0 < root <= discordant_share else None


def cases_between(effect: float, *, discordant_share: float) -> int:
    """Cases that make a difference of two models' accuracies, above 0, detectable.

    The share of cases that only one of them has right cannot be below it, so it is taken for that.
    """
    return _cases(effect, max(effect, discordant_share))


def power_against_people(
    margin: float, *, error: StandardError, num_cases: int
) -> PowerAgainstPeople:
    """Which differences from people can be detected.

    Args:
        margin: Of equivalence, above 0.
        error: Of the difference in `num_cases` cases; with more cases it is taken to fall as if
            each came with as many trials, and as many participants, as now.
        num_cases: Cases so far.
    """
    tails = (1 - SIGNIFICANCE / 2, POWER, 1 - SIGNIFICANCE, (1 + POWER) / 2)
    quantiles = [float(each) for each in t.ppf(tails, error.degrees_of_freedom)]
    effect, equivalent = sum(quantiles[:2]) * error.value, sum(quantiles[2:]) * error.value
    return PowerAgainstPeople(
        detectable_effect=effect,
        cases_for_margin=math.ceil(num_cases * (effect / margin) ** 2),
        cases_for_equivalence=math.ceil(num_cases * (equivalent / margin) ** 2),
    )


def _cases(effect: float, variance: float) -> int:
    spread = Z_LEVEL * math.sqrt(variance) + Z_POWER * math.sqrt(max(0.0, variance - effect**2))
    return math.ceil((spread / effect) ** 2)


def _larger_root(num_cases: int, variance: float) -> float:
    """The effect d that solves n d² = (a √v + b √(v - d²))²; infinite where none does."""
    slope = Z_LEVEL * math.sqrt(variance * num_cases)
    rest = (num_cases + Z_POWER**2) * variance * (Z_LEVEL**2 - Z_POWER**2)
    if slope**2 < rest:
        return math.inf
    return (slope + math.sqrt(slope**2 - rest)) / (num_cases + Z_POWER**2)
