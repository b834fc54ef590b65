import itertools

import numpy as np
import pytest
from scipy.stats import linregress, rankdata

from components.statistics.calibration import auroc, published_bins, rank_bins


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


@pytest.fixture
def choices():
    draw = np.random.default_rng(8)
    correct = draw.random(60) < 0.6
    return draw.integers(0, 12, 60) + 3.0 * correct, correct


def won(confidence, correct):
    """1 where the right choice of a pair is surer, one half where both are, (right, wrong)."""
    right, wrong = confidence[correct], confidence[~correct]
    return (np.sign(right[:, None] - wrong) + 1) / 2


def test_the_area_counts_the_pairs_in_which_the_right_choice_is_surer(choices):
    assert auroc(*choices, [np.arange(60)]).value == pytest.approx(won(*choices).mean())


def test_the_interval_is_delongs_on_the_logits_scale(choices):
    pairs = won(*choices)
    area = pairs.mean()
    # Sums of squares over n², with n / (n - 1) for all choices together.
    right, wrong = ((pairs.mean(axis=axis) - area) / pairs.shape[1 - axis] for axis in (1, 0))
    error = np.sqrt((np.sum(right**2) + np.sum(wrong**2)) * 60 / 59)
    low, high = auroc(*choices, [np.arange(60)]).interval
    logits = [np.log(end / (1 - end)) for end in (low, area, high)]
    assert np.diff(logits) == pytest.approx(1.959964 * error / (area * (1 - area)), rel=1e-6)


def test_swapping_right_and_wrong_mirrors_area_and_interval(choices):
    confidence, correct = choices
    one = auroc(confidence, correct, [np.arange(60)])
    other = auroc(confidence, ~correct, [np.arange(60)])
    assert other.value == pytest.approx(1 - one.value)
    assert other.interval == pytest.approx((1 - one.interval[1], 1 - one.interval[0]))


def test_only_the_order_of_confidence_counts(choices):
    confidence, correct = choices
    one, other = (auroc(each, correct, [np.arange(60)]) for each in (confidence, confidence**3))
    assert one.value == pytest.approx(other.value)
    assert one.interval == pytest.approx(other.interval)


def test_repeated_choices_do_not_narrow_the_interval(choices):
    confidence, correct = (np.repeat(each, 5) for each in choices)
    once, often = (
        auroc(*choices, [np.arange(60)]),
        auroc(confidence, correct, [np.repeat(np.arange(60), 5)]),
    )
    assert often.value == pytest.approx(once.value)
    assert often.interval == pytest.approx(once.interval)


def test_constant_confidence_has_an_area_of_one_half_and_no_interval(choices):
    found = auroc(np.ones(60), choices[1], [np.arange(60)])
    assert found.value == 0.5
    assert found.interval is None
    assert "same confidence" in found.reason


@pytest.mark.parametrize(("correct", "word"), [([True] * 3, "right"), ([False] * 3, "wrong")])
def test_without_a_pair_there_is_no_area_but_a_reason(correct, word):
    found = auroc(np.arange(3.0), np.array(correct), [np.arange(3)])
    assert (found.value, found.interval) == (None, None)
    assert found.reason == f"every choice is {word}"


@pytest.mark.parametrize("area", [0.0, 1.0])
def test_perfect_separation_has_an_area_without_interval(area):
    correct = np.array([False, False, True, True, True])
    found = auroc(np.arange(5.0) * (1 if area else -1), correct, [np.arange(5)])
    assert (found.value, found.interval) == (area, None)
    assert found.reason


def test_every_small_set_of_choices_has_an_area_or_a_reason():
    for confidence in itertools.product((0.0, 1.0, 2.0), repeat=3):
        for correct in itertools.product((False, True), repeat=3):
            found = auroc(np.array(confidence), np.array(correct), [np.arange(3) // 2])
            assert found.reason or found.interval[0] <= found.value <= found.interval[1]
