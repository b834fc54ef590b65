"""Accuracy: the share of cases in which a model prefers the original."""

import numpy as np
from numpy.typing import NDArray


def accuracy(perplexities: NDArray[np.float64]) -> float:
    """Share of cases in which the original is the less perplexing version; a tie is wrong.

    Args:
        perplexities: Shape (num_cases, 2), at least one case: original, altered.

    Returns:
        From 0 to 1.
    """
    return float((perplexities[:, 0] < perplexities[:, 1]).mean())
