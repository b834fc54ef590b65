import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from components.statistics.comparison import comparisons, holm, mcnemar, paired_interval


def test_every_pair_is_compared_once_the_later_with_the_earlier():
    right = {name: np.array([True, False]) for name in "abc"}
    pairs = [(each.one, each.other) for each in comparisons(right, margin=0.1)]
    assert pairs == [("b", "a"), ("c", "a"), ("c", "b")]
    assert comparisons({"a": np.array([True])}, margin=0.1) == ()


def test_published_models_differ_as_the_paper_implies_adjusted_for_their_number(published):
    right = {name: each > 0 for name, each in published.items()}
    found = {(each.one, each.other): each for each in comparisons(right, margin=0.1)}
    assert len(found) == 10
    smallest = min(found.values(), key=lambda each: each.mcnemar.p_value)
    assert smallest.holm_p_value == pytest.approx(10 * smallest.mcnemar.p_value)
    for each in found.values():
        assert each.holm_p_value >= each.mcnemar.p_value
        assert each.difference.value == pytest.approx(
            (each.mcnemar.only_one - each.mcnemar.only_other) / 200
        )
    assert found["finetuned", "pretrained"].holm_p_value > 0.05
    for pair, counts, p_value in (
        (("finetuned", "pretrained"), (17, 5), 0.017),
        (("neuro", "pretrained"), (36, 26), 0.25),
    ):
        test = found[pair].mcnemar
        assert (test.only_one, test.only_other) == counts
        assert float(f"{test.p_value:.2g}") == p_value


def outcomes(both, only_one, only_other, neither):
    counts = (both, only_one, only_other, neither)
    return (
        np.repeat([True, True, False, False], counts),
        np.repeat([True, False, True, False], counts),
    )


@pytest.mark.parametrize("counts", [(5, 3, 9, 2), (0, 1, 0, 0), (1, 4, 4, 1), (4, 0, 0, 3)])
def test_it_is_statsmodels_exact_test(counts):
    table = np.reshape(counts, (2, 2))
    expected = statsmodels_mcnemar(table, exact=True).pvalue
    found = mcnemar(*outcomes(*counts))
    assert (found.only_one, found.only_other) == counts[1:3]
    assert found.p_value == pytest.approx(expected)


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
