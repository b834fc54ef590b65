import numpy as np

from components.brainbench.scores import accuracy


def test_a_tie_is_wrong():
    assert accuracy(np.array([[1.0, 2.0], [2.0, 2.0], [3.0, 2.0], [1.0, 1.5]])) == 0.5


def test_swapping_the_versions_turns_right_into_wrong():
    perplexities = np.random.default_rng(1).random((50, 2))
    assert accuracy(perplexities) + accuracy(perplexities[:, ::-1]) == 1
