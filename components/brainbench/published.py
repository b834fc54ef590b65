"""The published results' layout, written and read: NumPy arrays of a model's perplexities.

https://github.com/braingpt-lovelab/matching_experts, analyses/model_results: in the folder of a
model, `human_abstracts/` and `llm_abstracts/` with `PPL_A_and_B.npy` and `labels.npy`, the same
with `_iso` for isolated sentences and `abstract_mask_iso.npy`, and `swap_seed42/` for swapped ones.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.brainbench.questions import Questions
from components.formats.cases import Author
from components.formats.scores import Context
from components.runtime.errors import InputError

FOLDERS: dict[Author, str] = {"human": "human_abstracts", "machine": "llm_abstracts"}
MASK = "abstract_mask_iso.npy"


def published_files(folder: Path, *, context: Context, seed: int) -> tuple[Path, Path]:
    """Where the perplexities and the labels of a context lie below an author's folder."""
    ending = "_iso" if context == "isolated" else ""
    place = folder / f"swap_seed{seed}" if context == "swapped" else folder
    return place / f"PPL_A_and_B{ending}.npy", place / f"labels{ending}.npy"


def write_published(
    folder: Path, questions: Questions, perplexities: NDArray[np.float64], *, seed: int
) -> None:
    """Writes a model's perplexities in the published layout.

    Args:
        folder: The model's.
        questions: What was asked.
        perplexities: float64, shape (num_pairs, 2): original, altered.
        seed: Of the order of A and B, and of swapping.
    """
    place, first = folder / FOLDERS[questions.author], questions.altered_first
    file, labels = published_files(place, context=questions.context, seed=seed)
    file.parent.mkdir(parents=True, exist_ok=True)
    shown = np.where(first[:, None], perplexities[:, ::-1], perplexities)
    np.save(file, shown, allow_pickle=False)
    np.save(labels, first.astype(np.int64), allow_pickle=False)
    if questions.context == "isolated":
        numbers = np.array([pair.case for pair in questions.pairs], dtype=np.int64)
        np.save(file.parent / MASK, numbers, allow_pickle=False)


def read_published(file: Path, labels: Path) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Published perplexities of the original and the altered version of each pair.

    Args:
        file: The perplexities of the versions shown as A and as B, float, shape (num_pairs, 2).
        labels: Which of them is the original (0 or 1), shape (num_pairs,).

    Returns:
        float64, shape (num_pairs, 2): original, altered; and the labels, shape (num_pairs,).

    Raises:
        InputError: A file is missing, is no NumPy array or has another shape, or a perplexity is
            no finite positive number.
    """
    perplexities, originals = _array(file).astype(np.float64), _array(labels)
    if originals.ndim != 1 or perplexities.shape != (len(originals), 2):
        found = f"{perplexities.shape} perplexities and {originals.shape} labels"
        raise InputError(f"{found} in {file}: expected (num_pairs, 2) and (num_pairs,)")
    if not np.isin(originals, (0, 1)).all():
        raise InputError(f"labels other than 0 and 1 in {labels}")
    bad = ~(np.isfinite(perplexities) & (perplexities > 0)).all(axis=1)
    if bad.any():
        where = f"pair {int(bad.argmax())} (counted from 0) of {file}"
        raise InputError(f"{perplexities[bad.argmax()].tolist()}: expected perplexities: {where}")
    order = originals.astype(np.int64)
    columns = np.stack([order, 1 - order], axis=1)
    return np.take_along_axis(perplexities, columns, axis=1), order


def read_mask(file: Path) -> NDArray[np.int64]:
    """The case of each isolated sentence, from 0, int64, shape (num_sentences,).

    Raises:
        InputError: The file is missing, is no NumPy array, or its numbers fall.
    """
    numbers = _array(file)
    rising = numbers.ndim == 1 and np.issubdtype(numbers.dtype, np.integer)
    if not rising or (np.diff(numbers.astype(np.int64), prepend=0) < 0).any():
        raise InputError(
            f"no rising row of whole numbers in {file}: expected the case of each pair"
        )
    return numbers.astype(np.int64)


def _array(file: Path) -> NDArray[np.generic]:
    if not file.is_file():
        raise InputError(f"no published results at {file}")
    try:
        array: NDArray[np.generic] = np.load(file, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise InputError(f"not a NumPy array ({error}): {file}") from None
    if array.dtype.kind not in "fiub":
        raise InputError(f"not an array of numbers ({array.dtype}): {file}")
    return array
