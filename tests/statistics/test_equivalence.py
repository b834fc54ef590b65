import pytest
from scipy.stats import norm

from components.statistics.against_people import equivalence


@pytest.mark.parametrize("estimate", [-0.03, 0.0, 0.06])
@pytest.mark.parametrize("margin", [0.02, 0.1, 0.2])
def test_equivalent_is_what_has_its_90_percent_interval_within_the_margin(estimate, margin):
    half = norm.ppf(0.95) * 0.03
    test = equivalence(estimate, standard_error=0.03, margin=margin)
    within = -margin < estimate - half and estimate + half < margin
    assert test.equivalent is bool(within)


@pytest.mark.parametrize("estimate", [-0.03, 0.0, 0.06])
def test_the_smallest_margin_is_where_p_is_5_percent(estimate):
    smallest = equivalence(estimate, standard_error=0.03, margin=0.1).smallest_margin
    at_it = equivalence(estimate, standard_error=0.03, margin=smallest)
    assert at_it.p_value == pytest.approx(0.05)


def test_a_sign_changes_nothing():
    one, other = (equivalence(d, standard_error=0.03, margin=0.1) for d in (-0.04, 0.04))
    assert one == other
