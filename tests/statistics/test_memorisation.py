import numpy as np
import pytest

from components.statistics.memorisation import memorisation

DRAW = np.random.default_rng(3)
RATIOS = DRAW.lognormal(size=60)


def test_exchanging_the_sets_mirrors_the_share_of_pairs():
    one, other = (
        memorisation(*pair) for pair in ((RATIOS[:20], RATIOS[20:]), (RATIOS[20:], RATIOS[:20]))
    )
    assert one.auroc.value == pytest.approx(1 - other.auroc.value)
    assert one.p_value == pytest.approx(other.p_value)


def test_what_was_read_before_stands_out():
    found = memorisation(3 * RATIOS, RATIOS)
    assert found.auroc.interval[0] > 0.5
    assert found.p_value < 0.001


def test_the_share_of_pairs_is_mann_and_whitneys_statistic():
    benchmark, reference = RATIOS[:7], RATIOS[7:20]
    won = np.mean(benchmark[:, None] > reference)
    assert memorisation(benchmark, reference).auroc.value == pytest.approx(won)


def test_without_reference_texts_nothing_is_compared():
    assert memorisation(RATIOS, np.array([])) is None
