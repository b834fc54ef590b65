import numpy as np
import pytest

from components.statistics.comparison import comparisons


def test_every_pair_is_compared_once_the_later_with_the_earlier():
    right = {name: np.array([True, False]) for name in "abc"}
    pairs = [(each.one, each.other) for each in comparisons(right, margin=0.1, seed=1)]
    assert pairs == [("b", "a"), ("c", "a"), ("c", "b")]
    assert comparisons({"a": np.array([True])}, margin=0.1, seed=1) == ()


def test_the_published_pairs_are_adjusted_for_their_number(published):
    right = {name: each > 0 for name, each in published.items()}
    found = {(each.one, each.other): each for each in comparisons(right, margin=0.1, seed=1)}
    assert len(found) == 10
    smallest = min(found.values(), key=lambda each: each.mcnemar.p_value)
    assert smallest.holm_p_value == pytest.approx(10 * smallest.mcnemar.p_value)
    for each in found.values():
        assert each.holm_p_value >= each.mcnemar.p_value
        assert each.permutation.p_value == pytest.approx(each.mcnemar.p_value)
        assert each.difference == pytest.approx(
            (each.mcnemar.only_one - each.mcnemar.only_other) / 200
        )
    assert found["finetuned", "pretrained"].holm_p_value > 0.05


def test_models_that_are_right_alike_do_not_differ():
    right = np.array([True, False, True])
    (found,) = comparisons({"a": right, "b": right}, margin=0.1, seed=1)
    assert (found.mcnemar.p_value, found.holm_p_value, found.permutation.p_value) == (1, 1, 1)
    assert found.detectable_effect is None
