import pytest

from components.figures import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [(8.0, "8.00"), (20.13, "20.1"), (99.4, "99.4"), (150.2, "150"), (50257.0, "50,257")],
)
def test_a_perplexity_has_three_digits_at_least(value, text):
    assert numbers.perplexity(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "–"), (41.2, "41 s"), (119, "119 s"), (600, "10.0 min"), (9000, "2.5 h")],
)
def test_a_duration_has_the_unit_that_reads_best(seconds, text):
    assert numbers.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.25, "+1.2"), (-0.06, "−0.1"), (-0.04, "0.0"), (0.0, "0.0"), (-12.0, "−12.0")],
)
def test_a_number_has_a_sign_unless_it_rounds_to_nothing(value, text):
    assert numbers.signed(value) == text
    assert numbers.points(value / 100) == text


def test_an_interval_below_zero_is_not_written_with_a_dash():
    assert numbers.number(0.6, (0.56, 0.64)) == "0.60 (0.56–0.64)"
    assert numbers.number(-0.1, (-0.23, 0.04)) == "−0.10 (−0.23 to 0.04)"
    assert numbers.number(-0.001) == "0.00"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0004, "p < 0.001"), (0.0169, "p = 0.017"), (0.25, "p = 0.25"), (1.0, "p = 1.00")],
)
def test_a_p_value_is_as_exact_as_it_is_small(value, text):
    assert numbers.p_value(value) == text


def test_names_are_listed_as_in_a_sentence():
    assert [numbers.listing(list(each)) for each in ("a", "ab", "abc")] == [
        "a",
        "a and b",
        "a, b and c",
    ]
