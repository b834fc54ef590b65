import math

import pytest
from hypothesis import given

from components.evidence.balances import balance, summarize
from components.evidence.pieces import pieces
from components.formats.evidence import CaseBalance, Tendency
from tests.case_readings import any_reading, make_case, read_words


def balance_of(case, reading):
    return balance(pieces(case, reading, variant="a"))


@given(any_reading())
def test_the_total_is_that_of_the_parts_and_that_of_the_lengths_and_means(drawn):
    found = balance_of(*drawn)
    assert found.before + found.choices + found.after == found.total
    num_tokens = (found.original_tokens + found.altered_tokens) / 2
    of_means = (found.original_mean - found.altered_mean) * num_tokens
    assert math.isclose(found.length + of_means, found.total, abs_tol=1e-9)
    assert found.original_tokens != found.altered_tokens or not found.contradictory


def test_a_longer_version_may_be_less_likely_and_less_surprising():
    case = make_case("The brook ", ("rose so very much", "fell"), " in rain")
    found = balance_of(case, read_words(case, (-2.0,), (-2.5,)))
    assert found.total == pytest.approx(-14 + 10)
    assert (found.original_mean, found.altered_mean) == (-2.0, -2.5)
    assert found.contradictory
    assert found.length == pytest.approx(3 * -2.25)


def test_nothing_differs_before_the_first_choice():
    case = make_case("The brook ", ("rose", "fell"), " in rain ", ("a", "b"), "")
    found = balance_of(case, read_words(case, (-1.0, -2.0, -3.0), (-1.0, -4.0, -9.0)))
    assert (found.before, found.choices, found.after) == (0.0, 2.0 + 2.0, 6.0 + 0.0)


def test_each_part_is_averaged_and_counted_for_itself():
    found = summarize(
        [
            CaseBalance("a", "human", 0, 10, 10, 0, 3, -1, 2, original_mean=-1, altered_mean=-1.2),
            CaseBalance(
                "a", "human", 1, 20, 10, 0, -2, -3, -5, original_mean=-1, altered_mean=-1.5
            ),
        ]
    )
    assert found.choices == Tendency(mean=0.5, share=0.5)
    assert found.after == Tendency(mean=-2, share=0)
    assert found.total == Tendency(mean=-1.5, share=0.5)
    assert found.means.mean == pytest.approx((0.2 + 0.5) / 2)
    assert found.means.share == 1
    assert (found.num_contradictory, found.num_cases) == (1, 2)
