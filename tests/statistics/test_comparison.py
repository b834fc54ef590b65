import itertools

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from components.formats.statistics import McNemar, Permutation
from components.statistics.comparison import (
    comparisons,
    holm,
    mcnemar,
    paired_interval,
    permutation,
)


def test_every_pair_is_compared_once_the_later_with_the_earlier():
    right = {name: np.array([True, False]) for name in "abc"}
    pairs = [(each.one, each.other) for each in comparisons(right, margin=0.1, seed=1)]
    assert pairs == [("b", "a"), ("c", "a"), ("c", "b")]
    assert comparisons({"a": np.array([True])}, margin=0.1, seed=1) == ()


def test_the_published_pairs_are_adjusted_for_their_number(published):
    right = {name: each > 0 for name, each in published.items()}
    found = {(each.one, each.other): each for each in comparisons(right, margin=0.1, seed=1)}
    assert len(found) == 10
    smallest = min(found.values(), key=lambda each: each.mcnemar.p_value)
    assert smallest.holm_p_value == pytest.approx(10 * smallest.mcnemar.p_value)
    for each in found.values():
        assert each.holm_p_value >= each.mcnemar.p_value
        assert each.permutation.p_value == pytest.approx(each.mcnemar.p_value)
        assert each.difference.value == pytest.approx(
            (each.mcnemar.only_one - each.mcnemar.only_other) / 200
        )
    assert found["finetuned", "pretrained"].holm_p_value > 0.05


def outcomes(both, only_one, only_other, neither):
    counts = (both, only_one, only_other, neither)
    return (
        np.repeat([True, True, False, False], counts),
        np.repeat([True, False, True, False], counts),
    )


@pytest.mark.parametrize(
    ("one", "other", "counts", "p_value"),
    [("finetuned", "pretrained", (17, 5), 0.017), ("neuro", "pretrained", (36, 26), 0.25)],
)
def test_published_models_differ_as_the_paper_implies(published, one, other, counts, p_value):
    test = mcnemar(published[one] > 0, published[other] > 0)
    assert (test.only_one, test.only_other) == counts
    assert float(f"{test.p_value:.2g}") == p_value


@pytest.mark.parametrize("counts", [(5, 3, 9, 2), (0, 1, 0, 0), (1, 4, 4, 1)])
def test_it_is_statsmodels_exact_test(counts):
    table = np.reshape(counts, (2, 2))
    expected = statsmodels_mcnemar(table, exact=True).pvalue
    assert mcnemar(*outcomes(*counts)).p_value == pytest.approx(expected)


def test_without_discordant_cases_nothing_differs():
    assert mcnemar(*outcomes(4, 0, 0, 3)) == McNemar(0, 0, 1.0)


def test_holm_multiplies_the_smallest_by_their_number_and_keeps_their_order():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_paired_interval_is_walds_with_a_case_more_for_either_model():
    # Bonett & Price 2012: (13 - 7) / 42 ± 1.96 sqrt((13 + 7) / 42 - (6 / 42)²) / sqrt(42)
    assert paired_interval(12, 6, num_cases=40) == pytest.approx((-0.0613, 0.3470), abs=1e-4)


@pytest.mark.parametrize("counts", [(0, 0, 1), (1, 0, 1), (200, 0, 200), (0, 0, 200)])
def test_the_paired_interval_holds_the_difference_and_stays_within_1(counts):
    only_one, only_other, total = counts
    low, high = paired_interval(only_one, only_other, num_cases=total)
    assert -1 <= low < high <= 1
    assert low <= (only_one - only_other) / total <= high


def test_of_right_and_wrong_choices_it_is_mcnemars_exact_test():
    draw = np.random.default_rng(2)
    one, other = draw.random((2, 80)) < [[0.7], [0.5]]
    found = permutation(one.astype(float) - other, seed=1)
    assert found.exact
    assert found.p_value == pytest.approx(mcnemar(one, other).p_value)
    assert found.difference == pytest.approx(one.mean() - other.mean())


def test_few_differences_are_exchanged_in_all_ways():
    differences = np.array([0.3, 1.1, -0.2, 0.9, 0.7, 0.0])
    signs = np.array(list(itertools.product((1, -1), repeat=6)))
    means = (signs * differences).mean(axis=1)
    extreme = np.mean(np.abs(means) >= abs(differences.mean()) - 1e-12)
    found = permutation(differences, seed=1)
    assert found.exact
    assert found.p_value == pytest.approx(extreme)


def test_a_seed_decides_on_what_is_drawn():
    differences = np.random.default_rng(3).normal(0.2, 1, 60)
    one, again, other = (permutation(differences, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert not one.exact
    assert one.p_value != other.p_value
    assert one.p_value == pytest.approx(other.p_value, abs=0.03)


def test_a_drawn_p_value_is_never_zero():
    assert permutation(np.arange(1, 50.0), seed=1).p_value > 0


def test_no_difference_is_certain_to_be_no_larger():
    assert permutation(np.zeros(5), seed=1) == Permutation(0.0, 1.0, exact=True)
