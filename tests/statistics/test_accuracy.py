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
    low, high = binomial_interval(correct, total)
    assert -1e-12 <= low <= correct / total <= high <= 1 + 1e-12
    for bound in (low, high):
        distance = (correct / total - bound) ** 2
        assert distance == pytest.approx(Z**2 * bound * (1 - bound) / total, abs=1e-12)


def test_accuracy_counts_what_is_right():
    found = accuracy(np.array([True, False, True, True]))
    assert found == Accuracy(0.75, binomial_interval(3, 4), correct=3, total=4, effective_total=4.0)


def test_sections_are_counted_apart_in_the_order_of_their_names():
    found = accuracy_by_section(np.array([True, False, True]), ["b", "a", "b"])
    assert [(name, each.correct, each.total) for name, each in found.items()] == [
        ("a", 0, 1),
        ("b", 2, 2),
    ]


def test_a_single_section_is_the_whole(simulated):
    whole = clustered_accuracy(simulated.correct, simulated.clusters)
    assert accuracy_by_section(simulated.correct, simulated.sections, simulated.clusters) == {
        "Brooks": whole
    }
