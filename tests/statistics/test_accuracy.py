import numpy as np
import pytest
from scipy.stats import norm

from components.statistics.accuracy import accuracy, accuracy_by_section, clustered_accuracy

Z = norm.ppf(0.975)


@pytest.mark.parametrize(("correct", "total"), [(0, 1), (3, 7), (115, 200), (200, 200)])
def test_the_bounds_lie_z_standard_errors_of_their_own_from_the_share(correct, total):
    found = accuracy(np.arange(total) < correct)
    assert (found.correct, found.total, found.effective_total) == (correct, total, total)
    low, high = found.interval
    assert -1e-12 <= low <= found.value == correct / total <= high <= 1 + 1e-12
    for bound in (low, high):
        distance = (correct / total - bound) ** 2
        assert distance == pytest.approx(Z**2 * bound * (1 - bound) / total, abs=1e-12)


def test_sections_are_counted_apart_in_the_order_of_their_names(simulated):
    found = accuracy_by_section(np.array([True, False, True]), ["b", "a", "b"])
    assert {name: (each.correct, each.total) for name, each in found.items()} == {
        "a": (0, 1),
        "b": (2, 2),
    }
    assert list(found) == ["a", "b"]
    whole = clustered_accuracy(simulated.correct, simulated.clusters)
    one = accuracy_by_section(simulated.correct, simulated.sections, simulated.clusters)
    assert one == {"Brooks": whole}
