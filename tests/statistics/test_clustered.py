from dataclasses import astuple

import numpy as np
import pytest
from scipy.stats import norm, t, ttest_1samp

from components.statistics.accuracy import binomial_interval, clustered_accuracy, wilson
from components.statistics.clustered import clustered_error, degrees_of_freedom, mean_of


def test_singletons_give_the_t_test_of_a_mean():
    values = np.random.default_rng(1).normal(size=20)
    error = clustered_error(mean_of(values), [np.arange(20)])
    assert error.value == pytest.approx(values.std(ddof=1) / np.sqrt(20))
    test = ttest_1samp(values, 0)
    assert error.interval(values.mean()) == pytest.approx(tuple(test.confidence_interval()))
    assert error.p_value(values.mean()) == pytest.approx(test.pvalue)


def test_the_two_way_variance_is_both_less_that_of_the_intersections(simulated):
    correct, (cases, people) = simulated.correct, simulated.clusters
    terms = (correct - correct.mean()) / len(correct)

    def variance(labels):
        names = np.unique(labels)
        total = sum(terms[labels == each].sum() ** 2 for each in names)
        return total * len(names) / (len(names) - 1)

    expected = variance(cases) + variance(people) - variance(cases * 1000 + people)
    error = clustered_error(mean_of(correct), (cases, people))
    assert error.value**2 == pytest.approx(expected)


def test_one_labelling_twice_is_that_labelling_once(simulated):
    fit, cases = mean_of(simulated.correct), simulated.cases
    twice, once = (clustered_error(fit, labels) for labels in ([cases, cases], [cases]))
    assert astuple(twice) == pytest.approx(astuple(once))


def test_people_who_answer_the_same_cases_are_known_as_well_as_there_are_people():
    people, cases = (each.ravel() for each in np.indices((5, 200)))
    values = np.random.default_rng(2).normal(size=5)[people]
    error = clustered_error(mean_of(values), (cases, people))
    means = values.reshape(5, 200).mean(axis=1)
    assert error.value == pytest.approx(means.std(ddof=1) / np.sqrt(5), rel=0.01)
    assert error.degrees_of_freedom == pytest.approx(4)


@pytest.mark.parametrize(("share", "degrees"), [(1, 4), (0, 199), (0.5, 4 / (0.25 + 1 / 199))])
def test_the_degrees_of_freedom_are_satterthwaites(share, degrees):
    found = degrees_of_freedom(2.0, alone=(1.5, 2 * share), num_clusters=(200, 5))
    assert found == pytest.approx(degrees, rel=0.01)


def test_where_both_ways_cancel_the_largest_variance_remains():
    values, rows, columns = np.array([1, -1, -1, 1.0]), [0, 0, 1, 1], [0, 1, 0, 1]
    error = clustered_error(mean_of(values), [np.array(rows), np.array(columns)])
    assert error.value**2 == pytest.approx(4 / 4**2 * 4 / 3)  # the intersections'


@pytest.mark.parametrize("count", [50, 51, 1000])
def test_many_clusters_are_normal(count):
    values = np.random.default_rng(1).normal(size=count)
    error = clustered_error(mean_of(values), [np.arange(count), np.arange(count)])
    half = norm.ppf(0.975) * error.value
    assert error.interval(0.3) == pytest.approx((0.3 - half, 0.3 + half))


@pytest.mark.parametrize(("correct", "total"), [(0, 5), (3, 7), (115, 200)])
def test_independent_choices_have_wilsons_interval(correct, total):
    right = np.arange(total) < correct
    share = clustered_accuracy(right, [np.arange(total)])
    assert share.effective_total == pytest.approx(total)
    assert share.interval == pytest.approx(binomial_interval(correct, total))
    assert wilson(correct / total, total) == pytest.approx(binomial_interval(correct, total))


def test_repeated_choices_do_not_raise_the_effective_sample_size():
    # Sentences of one abstract, say: each abstract's are all right or all wrong.
    right = np.arange(30) < 12
    share = clustered_accuracy(np.repeat(right, 4), [np.repeat(np.arange(30), 4)])
    assert (share.correct, share.total, share.value) == (48, 120, 0.4)
    quantiles = norm.ppf(0.975), t.ppf(0.975, 29)  # of 120 choices, of 30 abstracts
    assert share.effective_total == pytest.approx(30 * (quantiles[0] / quantiles[1]) ** 2)
    assert share.interval == pytest.approx(wilson(0.4, share.effective_total))


def test_the_fewer_people_answered_the_wider_is_the_interval():
    correct = np.random.default_rng(8).random(800) < 0.6
    cases = np.tile(np.arange(200), 4)
    widths = []
    for count in (2, 4, 8, 800):
        people = np.arange(800) * count // 800
        low, high = clustered_accuracy(correct, [cases, people]).interval
        widths.append(high - low)
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("right", [True, False])
def test_choices_that_are_all_alike_or_of_one_person_count_once_a_cluster(right):
    share = clustered_accuracy(np.full(12, right), [np.repeat(np.arange(3), 4), np.arange(12)])
    assert share.interval == pytest.approx(binomial_interval(3 * right, 3))
    mixed = np.arange(12) < 6 if right else np.arange(12) >= 9
    assert clustered_accuracy(mixed, [np.zeros(12, int), np.arange(12)]).effective_total == 1


@pytest.mark.parametrize(("right", "each"), [(1, 2), (2, 3), (3, 4), (7, 10)])
@pytest.mark.parametrize("count", [2, 5, 10])
def test_clusters_of_equal_shares_count_once_each_however_their_mean_is_rounded(right, each, count):
    correct = np.tile(np.arange(each) < right, count)
    share = clustered_accuracy(correct, [np.repeat(np.arange(count), each)])
    assert share.effective_total == count
