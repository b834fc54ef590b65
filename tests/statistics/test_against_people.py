import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import spearmanr, t

from components.statistics.against_people import against_people, difficulty, equivalence
from components.statistics.clustered import StandardError
from components.statistics.noise_ceiling import noise_ceiling, weighted_spearman
from components.statistics.trials import shares


def difference(model, people):
    """Of one model from people."""
    margins = {"model": np.where(model, 1.0, -1.0)}
    return against_people(margins, people, margin=0.1)["model"].difference


def test_it_is_the_contrast_of_a_regression_with_two_way_clusters(simulated):
    model = np.random.default_rng(7).random(40) < 0.6
    outcome = np.concatenate([model, simulated.correct]).astype(float)
    is_model = (np.arange(len(outcome)) < 40).astype(float)

    def variance(outcome, predictors, groups):
        fit = sm.OLS(outcome, predictors).fit(
            cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
        )
        count = len(np.unique(groups))
        return fit.params[-1], fit.bse[-1] ** 2 * count / (count - 1)

    trials = len(simulated.correct)
    alone = simulated.correct.astype(float), np.ones(trials)
    contrast, by_case = variance(
        outcome, sm.add_constant(is_model), np.concatenate([np.arange(40), simulated.cases])
    )
    participants = variance(*alone, simulated.participants)[1]
    each = variance(*alone, np.arange(trials))[1]
    found = difference(model, simulated)
    assert found.value == pytest.approx(contrast)
    assert found.standard_error**2 == pytest.approx(by_case + participants - each)


def test_what_both_find_in_a_case_is_no_chance_between_them(simulated):
    right = shares(simulated.correct, simulated.cases, num_cases=40) > 0.5
    alike, apart = (difference(each, simulated) for each in (right, np.roll(right, 7)))
    assert alike.value == apart.value
    assert alike.standard_error < apart.standard_error


def test_interval_and_p_say_the_same(simulated):
    draw = np.random.default_rng(6)
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        found = difference(draw.random(40) < share, simulated)
        low, high = found.interval
        assert (found.p_value < 0.05) is bool(low > 0 or high < 0)


def test_models_are_adjusted_for_their_number(published, published_people):
    found = against_people(published, published_people, margin=0.1)
    p_values = {name: each.difference.p_value for name, each in found.items()}
    least = min(p_values, key=p_values.get)
    assert found[least].holm_p_value == pytest.approx(5 * p_values[least])
    assert least == "untrained"


def test_neuro_is_equivalent_to_people_at_10_points_not_at_5(published, published_people):
    found = difference(published["neuro"] > 0, published_people)
    assert round(found.value, 3) == -0.009
    assert tuple(round(end, 3) for end in found.interval) == (-0.082, 0.064)
    error = StandardError(found.standard_error, np.inf)  # of many cases and participants
    wide, narrow = (equivalence(found.value, error=error, margin=each) for each in (0.10, 0.05))
    assert (round(wide.p_value, 3), wide.equivalent) == (0.007, True)
    assert (round(narrow.p_value, 2), narrow.equivalent) == (0.14, False)


def test_names_of_cases_and_people_change_nothing(simulated, people):
    model = np.random.default_rng(3).random(40) < 0.6
    order = np.random.default_rng(4).permutation(len(simulated.correct))
    rows = [
        (f"p{100 - simulated.participants[each]}", simulated.cases[each], simulated.correct[each])
        for each in order
    ]
    one, other = (difference(model, each) for each in (simulated, people(rows)))
    assert one.interval == pytest.approx(other.interval)


@pytest.mark.parametrize("right", [True, False])
def test_a_model_that_is_always_alike_is_not_taken_for_certain(simulated, right):
    few, many = (difference(np.full(count, right), simulated) for count in (40, 4000))
    assert few.standard_error > many.standard_error


def test_all_alike_are_not_certain_to_be_equal(people):
    everyone = people([(person, case, True) for person in range(4) for case in range(5)])
    found = difference(np.full(5, True), everyone)
    assert found.value == 0
    assert found.interval[0] < -0.1 < 0.1 < found.interval[1]


@pytest.mark.parametrize(
    "rows", [[(1, 0, True), (1, 1, False)], [(1, 0, True), (2, 0, False)], [(1, 0, True)]]
)
def test_one_person_or_case_gives_no_interval_and_says_why(people, rows):
    found = difference(np.array([True, False]), people(rows))
    assert (found.interval, found.standard_error, found.p_value) == (None, None, None)
    assert "fewer than two" in found.reason


@pytest.mark.parametrize("estimate", [-0.03, 0.0, 0.06])
@pytest.mark.parametrize("margin", [0.02, 0.1, 0.2])
def test_equivalent_is_what_has_its_90_percent_interval_within_the_margin(estimate, margin):
    error = StandardError(0.03, 12.5)
    half = t.ppf(0.95, 12.5) * 0.03
    test = equivalence(estimate, error=error, margin=margin)
    within = -margin < estimate - half and estimate + half < margin
    assert test.equivalent is bool(within)
    at_it = equivalence(estimate, error=error, margin=test.smallest_margin)
    assert at_it.p_value == pytest.approx(0.05)


def test_the_correlation_is_spearmans_over_the_cases_that_somebody_was_asked_about(simulated):
    given = np.random.default_rng(1).normal(size=40)
    share = [simulated.correct[simulated.cases == case].mean() for case in range(40)]
    expected = spearmanr(given, share)
    found = difficulty(given, simulated)
    assert found.value == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.interval[0] < found.value < found.interval[1]
    assert (found.num_cases, found.num_dropped) == (40, 0)
    more = difficulty(np.append(given, [9.0, -9.0]), simulated)
    assert (more.value, more.num_cases, more.num_dropped) == (found.value, 40, 2)


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        ([1.0], [(1, 0, True)]),
        ([1.0, 2.0], [(1, 0, True), (2, 1, False)]),
        ([1.0, 1.0, 1.0], [(1, 0, True), (1, 1, False), (1, 2, True)]),
        ([1.0, 2.0, 3.0], [(1, 0, True), (1, 1, True), (1, 2, True)]),
    ],
)
def test_where_nothing_differs_there_is_a_reason_and_no_correlation(people, given, rows):
    found = difficulty(np.array(given), people(rows))
    assert found.value is None
    assert found.reason


@pytest.mark.parametrize("number", [5, 6, 10])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_perfect_correlation_has_no_interval_but_a_reason(people, number, sign):
    cases = range(number)
    rows = [(person, case, person < case) for person in range(number - 1) for case in cases]
    found = difficulty(sign * np.arange(float(number)), people(rows))
    assert (found.value, found.interval, found.p_value) == (sign, None, None)
    assert found.reason == "a perfect correlation"


def test_three_cases_have_a_correlation_but_no_p(people):
    # Two of three orders of these shares are as far from none; by the t distribution p is 1/3.
    found = difficulty(np.arange(3.0), people([(0, 0, False), (0, 1, True), (0, 2, True)]))
    assert found.value == pytest.approx(np.sqrt(3) / 2)
    assert (found.interval, found.p_value) == (None, None)
    assert "too few" in found.reason


def test_people_who_agree_leave_no_noise(people):
    rows = [(person, case, case % 3 > 0) for person in range(6) for case in range(9)]
    found = noise_ceiling(people(rows), seed=1, num_splits=20)
    assert found.reliability == pytest.approx(1)
    assert found.ceiling == pytest.approx(1)
    assert found.num_splits == 20


def test_the_ceiling_is_what_knowing_the_true_shares_reaches(people):
    draw = np.random.default_rng(11)
    true = draw.uniform(0.1, 0.9, 300)
    rows = [
        (person, case, draw.random() < true[case]) for person in range(12) for case in range(300)
    ]
    answers = people(rows)
    reached = difficulty(true, answers).value
    found = noise_ceiling(answers, seed=1, num_splits=40)
    assert found.ceiling == pytest.approx(reached, abs=0.05)
    low, high = found.interval
    assert low < found.ceiling < high
    assert low < reached < high


@pytest.mark.slow
def test_where_no_case_is_harder_there_is_no_ceiling_but_a_reason(people):
    draw = np.random.default_rng(12)
    given = 0
    for _ in range(40):
        right = draw.random((8, 60)) < 0.6
        rows = [(person, case, right[person, case]) for person, case in np.ndindex(8, 60)]
        found = noise_ceiling(people(rows), seed=1, num_splits=20, num_resamples=100)
        given += found.ceiling is not None
        assert (found.ceiling is None) is bool(found.reason)
    assert given <= 4


def test_a_resampled_correlation_is_that_of_repeated_pairs():
    draw = np.random.default_rng(13)
    one, other = draw.integers(0, 4, (2, 30)) / 3
    weights = np.stack([np.ones(30), *draw.multinomial(30, np.full(30, 1 / 30), size=5)])
    for found, times in zip(
        weighted_spearman(one, other, weights), weights.astype(int), strict=True
    ):
        repeated = np.repeat(one, times), np.repeat(other, times)
        assert found == pytest.approx(spearmanr(*repeated).statistic)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([(1, 0, True), (1, 1, False), (1, 2, True)], "compared"),
        ([(1, 0, True), (2, 1, False), (3, 2, True)], "compared"),
        ([(person, case, person == 1) for person in (1, 2) for case in range(5)], "compared"),
        ([(person, case, (case + person) % 2) for person in (0, 1) for case in range(6)], "agree"),
    ],
)
def test_people_who_cannot_be_compared_or_contradict_each_other_have_no_ceiling(
    people, rows, reason
):
    found = noise_ceiling(people(rows), seed=1, num_splits=20)
    assert (found.ceiling, found.num_splits == 0) == (None, reason == "compared")
    assert reason in found.reason


def test_no_published_model_exceeds_the_published_ceiling(published, published_people):
    most = noise_ceiling(published_people, seed=42)
    assert 0.4 < most.interval[0] < most.ceiling < most.interval[1] < 0.7
    for perplexities in published.values():
        found = difficulty(perplexities, published_people)
        assert found.num_dropped == 0
        assert found.value < most.ceiling
