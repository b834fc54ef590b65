import numpy as np
import pytest

from components.audit.cues import RULES, position_choices, rule_choices, word_differences
from components.brainbench.contexts import make_pairs
from tests.audit.benchmarks import fair_cases
from tests.case_readings import make_case


def test_the_order_of_a_and_b_is_the_one_in_which_models_are_scored():
    cases = fair_cases(50)
    for faithful in (True, False):
        _, altered_first = make_pairs(cases, context="full", faithful=faithful, seed=7)
        assert np.array_equal(position_choices(50, seed=7) < 0, altered_first)


@pytest.mark.parametrize(
    ("rule", "original", "altered", "choice"),
    [
        ("longer version", "a cat", "an ox", 0),
        ("longer version", "an elk", "an ox", 1),
        ("more hedging words", "it MAY rise", "it will rise, dismay", 1),
        ("more hedging words", "it rises", "it probably seems to rise", -1),
        ("more numbers", "by 1,000 mm", "by two or 3 mm", -1),
        ("more numbers", "forty-two", "often", 1),
    ],
)
def test_a_rule_chooses_the_version_with_more(rule, original, altered, choice):
    case = make_case("", (original, altered), "")
    assert rule_choices([case], RULES[rule]).tolist() == [choice]


def test_differences_are_the_originals_counts_less_the_altered_versions():
    case = make_case("A µ-wave of ", ("A to B", "b to a"), ".")
    counts, words = word_differences([case], length=1)
    assert (sorted(words), counts.nnz) == (["a", "b", "of", "to", "wave", "µ"], 0)
    counts, pairs = word_differences([case], length=2)
    found = dict(zip(pairs, counts.toarray()[0], strict=True))
    assert {pair: count for pair, count in found.items() if count} == {
        "of a": 1,
        "a to": 1,
        "to b": 1,
        "of b": -1,
        "b to": -1,
        "to a": -1,
    }
