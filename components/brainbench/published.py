"""The published results' layout: `PPL_A_and_B.npy` and `labels.npy` of one model.

https://github.com/braingpt-lovelab/matching_experts, analyses/model_results.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.errors import InputError


def read_published(folder: Path) -> NDArray[np.float64]:
    """Published perplexities of the original and the altered version of each case.

    Args:
        folder: Holds PPL_A_and_B.npy, the perplexities of the versions shown as A and as B,
            float, shape (num_cases, 2), and labels.npy, which of them is the original (0 or 1),
            shape (num_cases,).

    Returns:
        float64, shape (num_cases, 2): original, altered.

    Raises:
        InputError: A file is missing, is no NumPy array or has another shape.
    """
    perplexities = _array(folder / "PPL_A_and_B.npy").astype(np.float64)
    labels = _array(folder / "labels.npy")
    if labels.ndim != 1 or perplexities.shape != (len(labels), 2):
        found = f"{perplexities.shape} perplexities and {labels.shape} labels"
        raise InputError(f"{found} in {folder}: expected (num_cases, 2) and (num_cases,)")
    if not np.isin(labels, (0, 1)).all():
        raise InputError(f"labels other than 0 and 1 in {folder}")
    originals = labels.astype(int)[:, None]
    return np.take_along_axis(perplexities, np.hstack([originals, 1 - originals]), axis=1)


def _array(file: Path) -> NDArray[np.generic]:
    if not file.is_file():
        raise InputError(f"no published results at {file}")
    try:
        array: NDArray[np.generic] = np.load(file, allow_pickle=False)
    except ValueError as error:
        raise InputError(f"not a NumPy array ({error}): {file}") from None
    return array
