import numpy as np
import pytest
from scipy.stats import binom, norm

from components.statistics.clustered import StandardError
from components.statistics.power import (
    cases_above_chance,
    cases_between,
    effect_above_chance,
    effect_between,
    power_against_people,
)

Z = norm.ppf(0.975)
ERROR = StandardError(0.04, 1e9)  # t is normal


def test_60_percent_right_needs_194_cases():
    # Textbook value: one proportion, .6 against .5, two-sided 5 %, power 80 %.
    assert cases_above_chance(0.1) == 194


@pytest.mark.parametrize("effect", [0.05, 0.1, 0.2])
def test_so_many_cases_find_an_effect_above_chance_in_80_percent_of_studies(effect):
    count = cases_above_chance(effect)
    right = np.arange(count + 1)
    found = np.abs(right / count - 0.5) > Z * np.sqrt(0.25 / count)
    assert binom.pmf(right, count, 0.5 + effect)[found].sum() == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize(("effect", "discordant"), [(0.05, 0.15), (0.1, 0.3), (0.1, 0.2)])
def test_so_many_cases_find_a_difference_of_models_in_80_percent_of_studies(effect, discordant):
    count = cases_between(effect, discordant_share=discordant)
    power = 0.0
    for number in range(1, count + 1):  # discordant cases
        only_one = np.arange(number + 1)
        found = np.abs(2 * only_one - number) > Z * np.sqrt(number)
        share = (1 + effect / discordant) / 2
        within = binom.pmf(only_one, number, share)[found].sum()
        power += binom.pmf(number, count, discordant) * within
    assert power == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize("count", [20, 200, 3000])
def test_the_detectable_effect_needs_just_these_cases(count):
    assert abs(cases_above_chance(effect_above_chance(count)) - count) <= 1
    effect = effect_between(count, discordant_share=0.5)
    assert abs(cases_between(effect, discordant_share=0.5) - count) <= 1


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_cases_or_models_that_are_right_alike_detect_no_effect_at_all(count):
    assert effect_above_chance(count) is None
    assert effect_between(count, discordant_share=1) is None
    assert effect_between(200 * count, discordant_share=0) is None
    assert cases_between(0.2, discordant_share=0) == cases_between(0.2, discordant_share=0.2)


def test_four_times_the_cases_halve_what_is_detectable_against_people():
    one = power_against_people(0.1, error=ERROR, num_cases=200)
    assert one.detectable_effect == pytest.approx(0.04 * (Z + norm.ppf(0.8)))
    half = power_against_people(one.detectable_effect / 2, error=ERROR, num_cases=200)
    assert half.cases_for_margin in (800, 801)


def test_so_many_cases_let_an_equal_model_pass_in_80_percent_of_studies():
    count = power_against_people(0.1, error=ERROR, num_cases=200).cases_for_equivalence
    error = 0.04 * np.sqrt(200 / count)
    within = 0.1 - norm.ppf(0.95) * error
    assert norm.cdf(within / error) - norm.cdf(-within / error) == pytest.approx(0.8, abs=0.01)
