import itertools

import numpy as np
import pytest
from scipy.stats import linregress, rankdata

from components.statistics.calibration import published_bins, rank_bins


@pytest.mark.parametrize("bins", [rank_bins, published_bins])
@pytest.mark.parametrize("num_bins", [1, 3, 10, 20])
def test_every_choice_is_in_one_bin(simulated, bins, num_bins):
    found = bins(simulated.confidence, simulated.correct, num_bins=num_bins).bins
    assert sum(each.total for each in found) == len(simulated.correct)
    assert sum(each.correct for each in found) == simulated.correct.sum()
    assert [each.middle for each in found] == pytest.approx((np.arange(num_bins) + 0.5) / num_bins)


def test_without_ties_both_bin_alike(published):
    for each in published.values():
        given = np.abs(each), each > 0
        assert rank_bins(*given) == published_bins(*given, num_bins=10)


def test_the_order_of_tied_choices_decides_on_the_published_bins_only():
    tied, correct = np.zeros(20), np.arange(20) < 10
    one, other = (published_bins(tied, each, num_bins=10) for each in (correct, ~correct))
    assert one.slope == pytest.approx(-other.slope)
    assert one.slope < -1
    assert rank_bins(tied, correct) == rank_bins(tied, ~correct)


def test_published_people_are_binned_as_in_the_original(published_people):
    given = published_people.confidence, published_people.correct
    ranks = rankdata(given[0], method="ordinal") - 1
    edges = np.linspace(0, len(ranks), 21)
    shares = [
        given[1][(ranks >= low) & (ranks < high)].mean() for low, high in itertools.pairwise(edges)
    ]
    found = published_bins(*given, num_bins=20)
    assert [each.correct / each.total for each in found.bins] == pytest.approx(shares)
    line = linregress((edges[:-1] + edges[1:]) / 2, shares)
    assert found.slope == pytest.approx(line.slope * len(ranks))
    assert found.intercept == pytest.approx(line.intercept)


def test_one_filled_bin_carries_no_line():
    found = rank_bins(np.ones(7), np.arange(7) < 3)
    assert (found.slope, found.intercept) == (None, None)
    assert [each.total for each in found.bins].count(0) == 9


def test_fewer_choices_than_bins_leave_bins_empty():
    found = rank_bins(np.array([1.0, 2.0]), np.array([False, True]))
    assert sum(each.total == 0 for each in found.bins) == 8
    assert found.slope > 0
