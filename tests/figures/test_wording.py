import pytest

from components.figures import wording


@pytest.mark.parametrize(
    ("value", "text"),
    [(8.0, "8.00"), (20.13, "20.1"), (99.4, "99.4"), (150.2, "150"), (50257.0, "50,257")],
)
def test_a_perplexity_has_three_digits_at_least(value, text):
    assert wording.perplexity(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "–"), (41.2, "41 s"), (119, "119 s"), (600, "10.0 min"), (9000, "2.5 h")],
)
def test_a_duration_has_the_unit_that_reads_best(seconds, text):
    assert wording.duration(seconds) == text


def test_a_difference_carries_its_sign():
    assert [wording.points(each) for each in (-0.009, 0.021)] == ["−0.9", "+2.1"]


def test_names_are_listed_as_in_a_sentence():
    assert [wording.listing(list(each)) for each in ("a", "ab", "abc")] == [
        "a",
        "a and b",
        "a, b and c",
    ]
