"""Packed tokens: a corpus as sequences of token ids, memory-mapped.

A folder holds `train.npy` and `validation.npy`, uint16 or uint32 of shape (num_sequences,
context_length), `tokens.json` with how many bytes of text they stand for, and the files of the
tokenizer that cut them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import NonNegativeInt

from components.formats.corpus import SPLITS, Split
from components.formats.json_file import plain, read_json
from components.runtime.atomic import write_json
from components.runtime.errors import InputError

Sequences = NDArray[np.unsignedinteger[Any]]
COUNTS = "tokens.json"


@dataclass(frozen=True)
class SplitCounts:
    """What the packed tokens of a split amount to: its entry in `tokens.json`."""

    num_documents: NonNegativeInt
    num_sequences: NonNegativeInt
    predicted_bytes: NonNegativeInt  # UTF-8 of all tokens but the first of each sequence


class PackedSplit(NamedTuple):
    """A split's packed tokens."""

    sequences: Sequences  # token ids, shape (num_sequences, context_length), memory-mapped
    predicted_bytes: int  # as of `SplitCounts`; no model predicts the first


class PackedTokens(NamedTuple):
    """A corpus' packed tokens: what to train on and what to validate with."""

    train: PackedSplit
    validation: PackedSplit


def write_sequences(
    folder: Path,
    split: Split,
    blocks: Iterable[Sequences],
    *,
    dtype: np.dtype[Any],
    sequence_length: int,
) -> int:
    """Writes a split's packed tokens block by block and returns how many sequences they are.

    A block is token ids of this dtype, shape (any number of sequences, sequence_length).
    """
    num_sequences = 0
    header = {"descr": dtype.str, "fortran_order": False, "shape": (num_sequences, sequence_length)}
    with (folder / f"{split}.npy").open("wb") as out:
        # NumPy leaves space for any number in its header, so the header's size is fixed.
        np.lib.format.write_array_header_1_0(out, header)
        for sequences in blocks:
            out.write(sequences.tobytes())
            num_sequences += len(sequences)
        out.seek(0)
        np.lib.format.write_array_header_1_0(
            out, header | {"shape": (num_sequences, sequence_length)}
        )
    return num_sequences


def write_counts(folder: Path, counts: Mapping[Split, SplitCounts]) -> None:
    """Writes what the packed tokens of each split amount to."""
    write_json(folder / COUNTS, plain(counts))


def read_tokens(folder: Path) -> PackedTokens:
    """The packed tokens in a folder; their sequences stay on disk until they are used.

    Raises:
        InputError: A file is missing or damaged.
    """
    names = (COUNTS, *(f"{split}.npy" for split in PackedTokens._fields))
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise InputError(f"no packed tokens at {folder}: {', '.join(missing)} missing")
    counts = read_json(folder / COUNTS, dict[Split, SplitCounts])
    return PackedTokens(*(_read_split(folder, split, counts.get(split)) for split in SPLITS))


def _read_split(folder: Path, split: Split, counts: SplitCounts | None) -> PackedSplit:
    file = folder / f"{split}.npy"
    try:
        sequences = np.load(file, mmap_mode="r", allow_pickle=False)
    except (EOFError, ValueError) as error:
        raise InputError(f"damaged or cut off ({error}): {file}") from None
    expected = counts.num_sequences if counts else f"an entry {split}"
    if sequences.ndim != 2 or counts is None or len(sequences) != counts.num_sequences:
        raise InputError(f"{file} has shape {sequences.shape}: {COUNTS} expects {expected}")
    return PackedSplit(sequences, counts.predicted_bytes)
