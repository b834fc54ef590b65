import numpy as np
import pytest
import statsmodels.api as sm

from components.statistics.against_people import difference, equivalence


@pytest.fixture
def neuro(published, published_people):
    return difference(published["neuro"] > 0, published_people, same_cases=True)


def test_neuro_minus_people_has_the_published_interval(neuro):
    assert round(neuro.estimate, 3) == -0.009
    assert tuple(round(end, 3) for end in neuro.interval) == (-0.082, 0.064)


@pytest.mark.parametrize(
    ("margin", "p_value", "equivalent"), [(0.05, 0.14, False), (0.10, 0.007, True)]
)
def test_neuro_is_equivalent_to_people_at_10_points_not_at_5(neuro, margin, p_value, equivalent):
    test = equivalence(neuro.estimate, standard_error=neuro.standard_error, margin=margin)
    assert float(f"{test.p_value:.1g}" if margin == 0.10 else f"{test.p_value:.2g}") == p_value
    assert test.equivalent is equivalent


def test_it_is_the_contrast_of_a_regression_with_two_way_clusters(simulated):
    draw = np.random.default_rng(7)
    model = draw.random(40) < 0.6
    own = 1000 + np.arange(40)
    groups = np.column_stack(
        [
            np.concatenate([np.arange(40), simulated.cases]),
            np.concatenate([own, simulated.participants]),
        ]
    )
    outcome = np.concatenate([model, simulated.correct]).astype(float)
    is_model = np.arange(len(outcome)) < 40
    fit = sm.OLS(outcome, sm.add_constant(is_model.astype(float))).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    found = difference(model, simulated, same_cases=True)
    assert found.estimate == pytest.approx(fit.params[1])
    fewest = 30  # participants
    assert found.standard_error == pytest.approx(fit.bse[1] * np.sqrt(fewest / (fewest - 1)))


def test_what_both_find_in_a_case_is_no_chance_between_them(simulated):
    shares = np.array([simulated.correct[simulated.cases == case].mean() for case in range(40)])
    alike = difference(shares > 0.5, simulated, same_cases=True)
    apart = difference(shares > 0.5, simulated, same_cases=False)
    assert alike.estimate == apart.estimate
    assert alike.standard_error < apart.standard_error


def test_names_of_cases_and_people_change_nothing(simulated, people):
    model = np.random.default_rng(3).random(40) < 0.6
    order = np.random.default_rng(4).permutation(len(simulated.correct))
    rows = [
        (f"p{100 - simulated.participants[each]}", simulated.cases[each], simulated.correct[each])
        for each in order
    ]
    one, other = (difference(model, each, same_cases=True) for each in (simulated, people(rows)))
    assert one.interval == pytest.approx(other.interval)


@pytest.mark.parametrize("right", [True, False])
def test_a_model_that_is_always_alike_is_not_taken_for_certain(simulated, right):
    always = np.full(40, right)
    found = difference(always, simulated, same_cases=True)
    people_alone = difference(np.full(4000, right), simulated, same_cases=False)
    assert found.standard_error > people_alone.standard_error


def test_all_alike_are_not_certain_to_be_equal(people):
    everyone = people([(person, case, True) for person in range(4) for case in range(5)])
    found = difference(np.full(5, True), everyone, same_cases=True)
    assert found.estimate == 0
    assert found.interval.low < -0.1 < 0.1 < found.interval.high


@pytest.mark.parametrize(
    "rows", [[(1, 0, True), (1, 1, False)], [(1, 0, True), (2, 0, False)], [(1, 0, True)]]
)
def test_one_person_or_case_gives_no_interval_and_says_why(people, rows):
    found = difference(np.array([True, False]), people(rows), same_cases=True)
    assert found.interval is None
    assert found.standard_error is None
    assert "fewer than two" in found.reason
