import numpy as np
import pytest
import statsmodels.api as sm

from components.statistics.logistic import logistic, published_logistic


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


def test_the_unit_of_confidence_changes_nothing(sample):
    one = logistic(*sample, [np.arange(300)])
    other = logistic(sample[0] * 1e6 - 5, sample[1], [np.arange(300)])
    assert one.interval == pytest.approx(other.interval)


def test_repeated_choices_do_not_narrow_the_interval(sample):
    twice = [np.repeat(each, 2) for each in sample]
    one = logistic(*sample, [np.arange(300)])
    assert logistic(*twice, [np.repeat(np.arange(300), 2)]).interval == pytest.approx(one.interval)


@pytest.mark.parametrize(
    ("given", "correct", "reason"),
    [
        ([1, 2, 3, 4], [0, 0, 1, 1], "completely"),
        ([1, 2, 2, 4], [0, 0, 1, 1], "completely"),
        ([4, 3, 2, 1], [0, 0, 1, 1], "completely"),
        ([1, 2, 3, 4], [1, 1, 1, 1], "every choice is right"),
        ([1, 2, 3, 4], [0, 0, 0, 0], "every choice is wrong"),
        ([2, 2, 2, 2], [0, 1, 0, 1], "same confidence"),
    ],
)
def test_where_nothing_can_be_fitted_it_says_why(given, correct, reason):
    found = logistic(np.array(given, float), np.array(correct, bool), [np.arange(4)])
    assert found.value is None
    assert reason in found.reason


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
