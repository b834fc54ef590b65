import pytest
from scipy.stats import norm

from components.figures.accuracy import accuracy
from components.formats.statistics import Accuracy

Z = norm.ppf(0.975)


@pytest.mark.parametrize(("correct", "total"), [(0, 1), (3, 7), (115, 200), (200, 200)])
def test_the_bounds_lie_z_standard_errors_of_their_own_from_the_share(correct, total):
    measured = Accuracy(correct, total)
    for bound in measured.interval:
        distance = (measured.share - bound) ** 2
        assert distance == pytest.approx(Z**2 * bound * (1 - bound) / total, abs=1e-12)


def test_swapping_right_and_wrong_mirrors_the_interval():
    low, high = Accuracy(30, 100).interval
    assert Accuracy(70, 100).interval == pytest.approx((1 - high, 1 - low))


def test_the_interval_holds_the_share_and_stays_between_0_and_1():
    for correct in range(11):
        low, high = Accuracy(correct, 10).interval
        assert -1e-12 <= low <= correct / 10 <= high <= 1 + 1e-12


def test_more_cases_give_a_narrower_interval():
    widths = [high - low for low, high in (Accuracy(6 * n, 10 * n).interval for n in (1, 4, 16))]
    assert widths == sorted(widths, reverse=True)


def test_accuracy_counts_what_is_right():
    assert accuracy([True, False, True, True]) == Accuracy(3, 4)
