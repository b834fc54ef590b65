import numpy as np
import pytest
from scipy.stats import norm

from components.formats.statistics import Accuracy
from components.statistics.accuracy import accuracy, binomial_interval

Z = norm.ppf(0.975)


@pytest.mark.parametrize(("correct", "total"), [(0, 1), (3, 7), (115, 200), (200, 200)])
def test_the_bounds_lie_z_standard_errors_of_their_own_from_the_share(correct, total):
    for bound in binomial_interval(correct, total):
        distance = (correct / total - bound) ** 2
        assert distance == pytest.approx(Z**2 * bound * (1 - bound) / total, abs=1e-12)


def test_swapping_right_and_wrong_mirrors_the_interval():
    low, high = binomial_interval(30, 100)
    assert binomial_interval(70, 100) == pytest.approx((1 - high, 1 - low))


def test_the_interval_holds_the_share_and_stays_between_0_and_1():
    for correct in range(11):
        low, high = binomial_interval(correct, 10)
        assert -1e-12 <= low <= correct / 10 <= high <= 1 + 1e-12


def test_more_cases_give_a_narrower_interval():
    widths = [high - low for low, high in (binomial_interval(6 * n, 10 * n) for n in (1, 4, 16))]
    assert widths == sorted(widths, reverse=True)


def test_accuracy_counts_what_is_right():
    found = accuracy(np.array([True, False, True, True]))
    assert found == Accuracy(3, 4, 0.75, 4.0, binomial_interval(3, 4))
