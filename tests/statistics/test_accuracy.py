import numpy as np
import pytest
from scipy.stats import norm

from components.formats.statistics import Accuracy
from components.statistics.accuracy import (
    accuracy,
    accuracy_by_section,
    binomial_interval,
    clustered_accuracy,
)

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
    assert found == Accuracy(0.75, binomial_interval(3, 4), correct=3, total=4, effective_total=4.0)


def test_sections_are_counted_apart_in_the_order_of_their_names():
    found = accuracy_by_section(np.array([True, False, True]), ["b", "a", "b"])
    assert [(name, each.correct, each.total) for name, each in found.items()] == [
        ("a", 0, 1),
        ("b", 2, 2),
    ]


def test_sections_of_people_add_up(published_people):
    found = accuracy_by_section(
        published_people.correct, published_people.sections, published_people.clusters
    )
    assert len(found) == 5
    assert sum(each.correct for each in found.values()) == 641
    assert sum(each.total for each in found.values()) == 1011


def test_a_single_section_is_the_whole(simulated):
    whole = clustered_accuracy(simulated.correct, simulated.clusters)
    assert accuracy_by_section(simulated.correct, simulated.sections, simulated.clusters) == {
        "Brooks": whole
    }
