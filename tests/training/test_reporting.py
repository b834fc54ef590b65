"""What a line of a training's progress says."""

import pytest

from components.training.reporting import BARS, sparkline


@pytest.mark.parametrize(
    ("values", "curve"),
    [([], ""), ([3.0], ""), ([2.0, 2.0], "▁▁"), ([9.0, 5.0, 1.0], "█▅▁"), ([1.0, 9.0], "▁█")],
)
def test_a_curve_is_a_bar_for_each_value_between_the_lowest_and_the_highest(values, curve):
    assert sparkline(values) == curve


def test_many_losses_that_fall_are_twenty_bars_that_fall():
    curve = sparkline([10 / (1 + n) for n in range(100)])
    assert len(curve) == 20
    assert list(curve) == sorted(curve, reverse=True)
    assert (curve[0], curve[-1]) == (BARS[-1], BARS[0])
