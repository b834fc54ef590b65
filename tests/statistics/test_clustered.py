import numpy as np
import pytest

from components.statistics.accuracy import binomial_interval, clustered_accuracy, wilson
from components.statistics.clustered import clustered_error, mean_of


def test_singletons_give_the_standard_error_of_a_mean():
    values = np.random.default_rng(1).normal(size=50)
    error = clustered_error(mean_of(values), [np.arange(50)])
    assert error == pytest.approx(values.std(ddof=1) / np.sqrt(50))


def test_the_two_way_variance_is_both_less_that_of_the_intersections(simulated):
    correct, (cases, people) = simulated.correct, simulated.clusters
    terms = (correct - correct.mean()) / len(correct)

    def variance(labels):
        return sum(terms[labels == each].sum() ** 2 for each in np.unique(labels))

    both = cases * 1000 + people
    expected = (variance(cases) + variance(people) - variance(both)) * 30 / 29  # 30 participants
    assert clustered_error(mean_of(correct), (cases, people)) ** 2 == pytest.approx(expected)


def test_one_labelling_twice_is_that_labelling_once(simulated):
    model, cases = mean_of(simulated.correct), simulated.cases
    assert clustered_error(model, [cases, cases]) == pytest.approx(clustered_error(model, [cases]))


def test_where_both_ways_cancel_the_largest_variance_remains():
    values, rows, columns = np.array([1, -1, -1, 1.0]), [0, 0, 1, 1], [0, 1, 0, 1]
    error = clustered_error(mean_of(values), [np.array(rows), np.array(columns)])
    assert error**2 == pytest.approx(4 / 4**2 * 2 / 1)  # of the intersections, with G / (G - 1)


def test_one_cluster_has_no_variance():
    assert clustered_error(mean_of(np.array([0.5, -0.5])), [np.zeros(2, int)]) is None


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
    assert share.effective_total == pytest.approx(30)
    assert share.interval == pytest.approx(binomial_interval(12, 30))


@pytest.mark.parametrize("right", [True, False])
def test_choices_that_are_all_alike_count_once_a_cluster(right):
    share = clustered_accuracy(np.full(12, right), [np.repeat(np.arange(3), 4), np.arange(12)])
    assert share.interval == pytest.approx(binomial_interval(3 * right, 3))


def test_one_persons_choices_count_as_one(simulated):
    mine = simulated.participants == 0
    share = clustered_accuracy(simulated.correct[mine], [each[mine] for each in simulated.clusters])
    assert share.effective_total == 1


def test_published_trials_have_a_smaller_effective_sample_size(published_people):
    share = clustered_accuracy(published_people.correct, published_people.clusters)
    assert (share.correct, share.total) == (641, 1011)
    assert 600 < share.effective_total < 750
