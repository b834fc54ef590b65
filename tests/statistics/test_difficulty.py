import numpy as np
import pytest
from scipy.stats import spearmanr

from components.statistics.against_people import difficulty
from components.statistics.people import ceiling, shares


def test_a_case_without_trials_has_no_share():
    found = shares(np.array([True, False, True]), np.array([0, 0, 2]), num_cases=4)
    assert found == pytest.approx([0.5, np.nan, 1, np.nan], nan_ok=True)


def test_the_correlation_is_spearmans_over_cases(simulated):
    given = np.random.default_rng(1).normal(size=40)
    share = [simulated.correct[simulated.cases == case].mean() for case in range(40)]
    expected = spearmanr(given, share)
    found = difficulty(given, simulated)
    assert found.correlation == pytest.approx(expected.statistic)
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.interval.low < found.correlation < found.interval.high
    assert (found.num_cases, found.num_dropped) == (40, 0)


def test_cases_that_nobody_was_asked_about_are_dropped_and_counted(simulated):
    given = np.random.default_rng(1).normal(size=40)
    more = difficulty(np.append(given, [9.0, -9.0]), simulated)
    assert more.correlation == difficulty(given, simulated).correlation
    assert (more.num_cases, more.num_dropped) == (40, 2)


def test_who_finds_the_same_cases_hard_correlates_perfectly(people):
    rows = [(person, case, person < case) for person in range(5) for case in range(6)]
    found = difficulty(np.arange(6.0), people(rows))
    assert found.correlation == pytest.approx(1)


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
    assert found.correlation is None
    assert found.reason


def test_people_who_agree_leave_no_noise(people):
    rows = [(person, case, case % 3 > 0) for person in range(6) for case in range(9)]
    found = ceiling(people(rows), seed=1, num_splits=20)
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
    reached = difficulty(true, answers).correlation
    assert ceiling(answers, seed=1, num_splits=40).ceiling == pytest.approx(reached, abs=0.05)


def test_a_seed_decides_on_the_splits(simulated):
    one, again, other = (ceiling(simulated, seed=seed, num_splits=20) for seed in (1, 1, 2))
    assert one == again
    assert one != other


@pytest.mark.parametrize(
    "rows",
    [
        [(1, 0, True), (1, 1, False), (1, 2, True)],
        [(1, 0, True), (2, 1, False), (3, 2, True)],
        [(1, case, True) for case in range(5)] + [(2, case, False) for case in range(5)],
    ],
)
def test_people_who_cannot_be_compared_have_no_ceiling_but_a_reason(people, rows):
    found = ceiling(people(rows), seed=1, num_splits=20)
    assert (found.ceiling, found.num_splits) == (None, 0)
    assert "compared" in found.reason


def test_people_who_contradict_each_other_have_no_ceiling_but_a_reason(people):
    rows = [(person, case, (case + person) % 2) for person in range(2) for case in range(6)]
    found = ceiling(people(rows), seed=1, num_splits=20)
    assert found.ceiling is None
    assert "do not agree" in found.reason


def test_no_published_model_exceeds_the_published_ceiling(published, published_people):
    most = ceiling(published_people, seed=42)
    assert 0.4 < most.ceiling < 0.7
    for perplexities in published.values():
        found = difficulty(perplexities, published_people)
        assert found.num_dropped == 0
        assert found.correlation < most.ceiling
