import pytest

from components.formats.statistics import AgainstPeople, Difference, Difficulty
from components.statistics.against_people import equivalence
from components.statistics.clustered import StandardError


def beside(estimate, error):
    known = StandardError(error, 1e9)
    found = equivalence(estimate, error=known, margin=0.1)
    return AgainstPeople(
        Difference(estimate, known.interval(estimate)), None, found, Difficulty(None), None
    )


@pytest.mark.parametrize(
    ("estimate", "error", "words"),
    [
        (0.01, 0.03, "equivalent"),
        (0.05, 0.01, "equivalent"),  # though not equal
        (-0.05, 0.04, "not shown"),
        (0.15, 0.04, "not shown"),
        (0.4, 0.04, "beyond the margin"),
        (-0.4, 0.04, "beyond the margin"),
    ],
)
def test_a_verdict_follows_from_interval_and_margin(estimate, error, words):
    assert beside(estimate, error).verdict == words


def test_without_variance_there_is_no_verdict():
    found = AgainstPeople(Difference(0.1, reason="one case"), None, None, Difficulty(None), None)
    assert found.verdict is None
