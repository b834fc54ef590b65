import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar

from components.formats.statistics import McNemar
from components.statistics.comparison import holm, mcnemar, paired_interval


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


def test_exchanging_the_models_mirrors_the_paired_interval():
    low, high = paired_interval(36, 26, num_cases=200)
    assert paired_interval(26, 36, num_cases=200) == pytest.approx((-high, -low))
    assert low < 10 / 200 < high


@pytest.mark.parametrize("counts", [(0, 0, 1), (1, 0, 1), (200, 0, 200), (0, 0, 200)])
def test_the_paired_interval_holds_the_difference_and_stays_within_1(counts):
    only_one, only_other, total = counts
    low, high = paired_interval(only_one, only_other, num_cases=total)
    assert -1 <= low < high <= 1
    assert low <= (only_one - only_other) / total <= high
