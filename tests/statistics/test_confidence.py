import itertools

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import linregress, rankdata

from components.statistics.confidence import (
    auroc,
    logistic,
    published_bins,
    published_logistic,
    rank_bins,
)


@pytest.mark.parametrize("bins", [rank_bins, published_bins])
@pytest.mark.parametrize("num_bins", [1, 3, 10, 20])
def test_every_choice_is_in_one_bin(simulated, bins, num_bins):
    found = bins(simulated.confidence, simulated.correct, num_bins=num_bins).bins
    assert sum(each.total for each in found) == len(simulated.correct)
    assert sum(each.correct for each in found) == simulated.correct.sum()
    assert [each.middle for each in found] == pytest.approx((np.arange(num_bins) + 0.5) / num_bins)


@pytest.mark.parametrize("size", [332, 644, 664])  # of which rounded edges misplace a rank
def test_a_rank_on_the_edge_of_two_bins_is_in_the_upper_one(size):
    found = published_bins(np.arange(size), np.ones(size, dtype=bool), num_bins=20)
    exact = np.bincount([rank * 20 // size for rank in range(size)])
    assert [each.total for each in found.bins] == exact.tolist()


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


def test_ties_and_few_choices_leave_bins_empty_and_one_bin_carries_no_line():
    found = rank_bins(np.ones(7), np.arange(7) < 3)
    assert (found.slope, found.intercept) == (None, None)
    assert [each.total for each in found.bins].count(0) == 9
    two = rank_bins(np.array([1.0, 2.0]), np.array([False, True]))
    assert [each.total for each in two.bins].count(0) == 8
    assert two.slope > 0


@pytest.fixture
def choices():
    draw = np.random.default_rng(8)
    correct = draw.random(60) < 0.6
    return draw.integers(0, 12, 60) + 3.0 * correct, correct


def test_the_area_counts_pairs_and_its_interval_is_delongs_on_the_logits_scale(choices):
    confidence, correct = choices
    # 1 where the right choice of a pair is surer, one half where both are, (right, wrong)
    pairs = (np.sign(confidence[correct][:, None] - confidence[~correct]) + 1) / 2
    area = pairs.mean()
    # Sums of squares over n², with n / (n - 1) for all choices together.
    right, wrong = ((pairs.mean(axis=axis) - area) / pairs.shape[1 - axis] for axis in (1, 0))
    error = np.sqrt((np.sum(right**2) + np.sum(wrong**2)) * 60 / 59)
    found = auroc(*choices, [np.arange(60)])
    assert found.value == pytest.approx(area)
    logits = [np.log(end / (1 - end)) for end in (found.interval[0], area, found.interval[1])]
    assert np.diff(logits) == pytest.approx(1.959964 * error / (area * (1 - area)), rel=1e-6)
    mirrored = auroc(confidence, ~correct, [np.arange(60)])
    assert mirrored.value == pytest.approx(1 - area)
    assert mirrored.interval == pytest.approx((1 - found.interval[1], 1 - found.interval[0]))


@pytest.mark.parametrize(
    ("measure", "change"),
    [
        (auroc, lambda confidence: confidence**3),
        (logistic, lambda confidence: 1e6 * confidence - 5),
    ],
)
def test_neither_scale_nor_repeated_choices_change_an_interval(choices, measure, change):
    (confidence, correct), apart = choices, np.arange(60)
    once = measure(confidence, correct, [apart])
    often = measure(*(np.repeat(each, 5) for each in choices), [np.repeat(apart, 5)])
    for each in (often, measure(change(confidence), correct, [apart])):
        assert each.value == pytest.approx(once.value)
        assert each.interval == pytest.approx(once.interval)


@pytest.mark.parametrize(
    ("confidence", "correct", "area", "reason"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1], 1.0, "completely"),
        ([4, 3, 2, 1], [0, 0, 1, 1], 0.0, "completely"),
        ([1, 2, 3, 4], [1, 1, 1, 1], None, "every choice is right"),
        ([1, 2, 3, 4], [0, 0, 0, 0], None, "every choice is wrong"),
        ([2, 2, 2, 2], [0, 1, 0, 1], 0.5, "same confidence"),
    ],
)
def test_where_nothing_can_be_fitted_both_say_why(confidence, correct, area, reason):
    given = np.array(confidence, float), np.array(correct, bool), [np.arange(4)]
    found, fit = auroc(*given), logistic(*given)
    assert (found.value, found.interval, fit.value) == (area, None, None)
    assert reason in found.reason
    assert reason in fit.reason


def test_a_tie_at_the_boundary_still_separates_completely():
    given = np.array([1.0, 2, 2, 4]), np.array([False, False, True, True]), [np.arange(4)]
    assert "completely" in logistic(*given).reason


def test_every_small_set_of_choices_has_an_area_or_a_reason():
    for confidence in itertools.product((0.0, 1.0, 2.0), repeat=3):
        for correct in itertools.product((False, True), repeat=3):
            found = auroc(np.array(confidence), np.array(correct), [np.arange(3) // 2])
            assert found.reason or found.interval[0] <= found.value <= found.interval[1]


@pytest.fixture
def sample():
    draw = np.random.default_rng(9)
    given = draw.normal(30, 12, 300)
    return given, draw.random(300) < 1 / (1 + np.exp(-0.05 * (given - 25)))


def test_it_is_statsmodels_fit_with_two_way_clusters(simulated):
    standardized = simulated.confidence - simulated.confidence.mean()
    standardized /= simulated.confidence.std()
    fit = sm.Logit(simulated.correct.astype(float), sm.add_constant(standardized)).fit(
        disp=0,
        cov_type="cluster",
        cov_kwds={"groups": np.column_stack(simulated.clusters)},
    )
    found = logistic(simulated.confidence, simulated.correct, simulated.clusters)
    assert (found.intercept, found.value) == pytest.approx(tuple(fit.params))
    trials = len(simulated.correct)  # statsmodels corrects for the number of coefficients as well
    assert found.standard_error == pytest.approx(fit.bse[1] * np.sqrt((trials - 2) / (trials - 1)))


def test_without_clusters_the_standard_error_is_about_that_of_the_likelihood(sample):
    standardized = (sample[0] - sample[0].mean()) / sample[0].std()
    fit = sm.Logit(sample[1].astype(float), sm.add_constant(standardized)).fit(disp=0)
    found = logistic(*sample, [np.arange(300)])
    assert found.standard_error == pytest.approx(fit.bse[1], rel=0.1)
    assert found.p_value < 0.05
    assert found.interval[0] > 0


def test_one_person_has_a_slope_without_standard_error(sample):
    found = logistic(*sample, [np.zeros(300, int), np.arange(300)])
    assert found.value > 0
    assert found.standard_error is None
    assert found.reason


def test_the_published_spread_of_subsets_is_no_standard_error(published):
    for perplexities in published.values():
        sample = np.abs(perplexities), perplexities > 0
        per_unit = logistic(*sample, [np.arange(200)]).standard_error / sample[0].std()
        original = published_logistic(*sample, seed=42)
        assert original.spread < per_unit / 2
        assert original.p_value < 0.05 < logistic(*sample, [np.arange(200)]).p_value


@pytest.mark.parametrize("correct", [[True], [True] * 9, [False] * 9])
def test_published_subsets_that_are_all_alike_have_no_slope(correct):
    found = published_logistic(np.arange(len(correct), dtype=float), np.array(correct), seed=1)
    assert found.slope is None
    assert found.reason
