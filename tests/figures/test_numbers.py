import pytest

from components.figures import numbers


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        # Three digits at least.
        (numbers.perplexity, 8.0, "8.00"),
        (numbers.perplexity, 20.13, "20.1"),
        (numbers.perplexity, 99.4, "99.4"),
        (numbers.perplexity, 99.97, "100"),
        (numbers.perplexity, 150.2, "150"),
        (numbers.perplexity, 50257.0, "50,257"),
        # In the unit that reads best.
        (numbers.duration, 0, "–"),
        (numbers.duration, 41.2, "41 s"),
        (numbers.duration, 119, "119 s"),
        (numbers.duration, 600, "10.0 min"),
        (numbers.duration, 9000, "2.5 h"),
        # With a sign unless it rounds to zero.
        (numbers.signed, 1.25, "+1.2"),
        (numbers.signed, -0.06, "−0.1"),
        (numbers.signed, -0.04, "0.0"),
        (numbers.points, 0.0, "0.0"),
        (numbers.points, -0.12, "−12.0"),
        (numbers.number, -0.001, "0.00"),
        # As exact as it is small.
        (numbers.p_value, 0.0004, "p < 0.001"),
        (numbers.p_value, 0.0169, "p = 0.017"),
        (numbers.p_value, 0.25, "p = 0.25"),
        (numbers.p_value, 1.0, "p = 1.00"),
        # As in a sentence.
        (numbers.listing, ["a"], "a"),
        (numbers.listing, ["a", "b"], "a and b"),
        (numbers.listing, ["a", "b", "c"], "a, b and c"),
    ],
)
def test_a_number_is_written_for_readers(write, value, text):
    assert write(value) == text


def test_an_interval_below_zero_is_not_written_with_a_dash():
    assert numbers.number(0.6, (0.56, 0.64)) == "0.60 (0.56–0.64)"
    assert numbers.number(-0.1, (-0.23, 0.04)) == "−0.10 (−0.23 to 0.04)"
