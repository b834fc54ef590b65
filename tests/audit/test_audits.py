import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import Ridge
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict
from sklearn.preprocessing import normalize

from components.audit.audits import (
    PENALTY,
    audit_cues,
    audit_words,
    feature_weights,
    left_out_predictor,
)
from tests.audit.benchmarks import exchanged, fair_cases
from tests.case_readings import make_case


def by_name(cases, **options):
    found = audit_cues("human", cases, **{"seed": 1, "num_exchanges": 999} | options)
    return {each.cue: each for each in found}


def test_the_classifier_is_a_ridge_regression_fitted_without_each_abstract():
    draw = np.random.default_rng(3)
    counts = draw.integers(-2, 3, (30, 12)) * (draw.random((30, 12)) < 0.3)
    features, groups = csr_matrix(counts, dtype=float), draw.integers(0, 9, 30)
    labels, scaled = draw.choice([-1.0, 1.0], 30), normalize(features).toarray()
    ridge = Ridge(PENALTY, fit_intercept=False, solver="cholesky")
    expected = cross_val_predict(ridge, scaled, labels, groups=groups, cv=LeaveOneGroupOut())
    assert left_out_predictor(features, groups) @ labels == pytest.approx(expected, abs=1e-12)
    fitted = ridge.fit(scaled, np.ones(30))
    assert feature_weights(features) == pytest.approx(fitted.coef_, abs=1e-12)


@pytest.mark.parametrize(
    ("word", "cues"),
    [
        ("notably", {"single words", "neighbouring words", "longer version"}),
        ("perhaps", {"more hedging words", "single words"}),
        ("3.5", {"more numbers"}),
    ],
)
def test_a_word_that_half_of_the_altered_versions_have_is_found(word, cues):
    found = by_name(fair_cases(80, giveaway=word, share=0.5), num_exchanges=9_999)
    assert cues <= {name for name, each in found.items() if each.gives_away}
    assert not found["version A"].gives_away


def test_the_giveaway_is_the_word_of_most_weight():
    first = next(audit_words("human", fair_cases(60, giveaway="notably", share=0.5)))
    assert (first.words, first.more_in_original) == ("notably", 0)
    assert first.more_in_altered > 20
    assert first.weight < 0


def test_a_fair_benchmark_has_no_cue():
    assert not any(each.gives_away for each in by_name(fair_cases(100)).values())


def test_exchanging_all_versions_turns_rules_round_and_leaves_classifiers_as_they_are():
    cases = fair_cases(60, giveaway="perhaps", share=0.3)
    one, other = by_name(cases), by_name(exchanged(cases))
    for name in ("single words", "neighbouring words", "version A"):
        assert one[name] == other[name]
    for name in ("longer version", "more hedging words"):
        assert one[name].accuracy == pytest.approx(1 - other[name].accuracy)
        assert one[name].p == other[name].p


def test_cases_of_one_abstract_count_as_one():
    cases = fair_cases(30, giveaway="perhaps")
    one, four = by_name(cases), by_name([case for case in cases for _ in range(4)])
    for name in ("longer version", "more hedging words"):
        assert (one[name].accuracy, one[name].p) == (four[name].accuracy, four[name].p)
        assert one[name].estimate.interval == pytest.approx(four[name].estimate.interval, abs=0.01)


def test_versions_that_differ_in_order_only_say_nothing_by_single_words():
    cases = [
        make_case("The ", ("ox and elk", "elk and ox"), " slept.", number=n) for n in range(25)
    ]
    found = by_name(cases)
    single = found["single words"]
    assert (single.accuracy, single.undecided, single.p) == (0.5, 25, 1)
    assert found["neighbouring words"].accuracy == 1


def test_fewer_than_20_abstracts_are_not_tested():
    for each in by_name(fair_cases(19, giveaway="perhaps")).values():
        assert (each.p, each.holm_p, each.estimate.interval) == (None, None, None)
    assert by_name(fair_cases(20, giveaway="perhaps"))["single words"].gives_away


def test_texts_of_one_word_have_no_neighbouring_words():
    cases = [make_case("", ("up", "down"), "", number=number) for number in range(20)]
    assert by_name(cases)["neighbouring words"].undecided == 20
    assert {each.cue for each in audit_words("human", cases)} == {"single words"}


def test_the_same_seed_gives_the_same_audit():
    cases = fair_cases(30)
    assert by_name(cases) == by_name(cases)
    assert by_name(cases, seed=2)["version A"] != by_name(cases)["version A"]
