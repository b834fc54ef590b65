import itertools

import numpy as np
import pytest

from components.formats.statistics import Permutation
from components.statistics.comparison import mcnemar, permutation


def test_of_right_and_wrong_choices_it_is_mcnemars_exact_test():
    draw = np.random.default_rng(2)
    one, other = draw.random((2, 80)) < [[0.7], [0.5]]
    found = permutation(one.astype(float) - other, seed=1)
    assert found.exact
    assert found.p_value == pytest.approx(mcnemar(one, other).p_value)
    assert found.difference == pytest.approx(one.mean() - other.mean())


def test_few_differences_are_exchanged_in_all_ways():
    differences = np.array([0.3, 1.1, -0.2, 0.9, 0.7, 0.0])
    signs = np.array(list(itertools.product((1, -1), repeat=6)))
    means = (signs * differences).mean(axis=1)
    extreme = np.mean(np.abs(means) >= abs(differences.mean()) - 1e-12)
    found = permutation(differences, seed=1)
    assert found.exact
    assert found.p_value == pytest.approx(extreme)


def test_a_seed_decides_on_what_is_drawn():
    differences = np.random.default_rng(3).normal(0.2, 1, 60)
    one, again, other = (permutation(differences, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert not one.exact
    assert one.p_value != other.p_value
    assert one.p_value == pytest.approx(other.p_value, abs=0.03)


def test_a_drawn_p_value_is_never_zero():
    assert permutation(np.arange(1, 50.0), seed=1).p_value > 0


def test_no_difference_is_certain_to_be_no_larger():
    assert permutation(np.zeros(5), seed=1) == Permutation(0.0, 1.0, exact=True)
