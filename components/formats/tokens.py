"""Packed tokens: a corpus as rows of token ids, memory-mapped.

A folder holds `train.npy` and `validation.npy`, uint16 or uint32 of shape (num_rows,
context_length), `tokens.json` with how many bytes of text they stand for, and the files of the
tokenizer that cut them.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from components.runtime.errors import InputError

Rows = NDArray[np.unsignedinteger[Any]]


class PackedSplit(NamedTuple):
    """A split's packed tokens.

    Attributes:
        rows: Token ids, shape (num_rows, context_length), memory-mapped.
        predicted_bytes: Bytes of UTF-8 text behind all tokens but the first of each row, which
            no model predicts.
    """

    rows: Rows
    predicted_bytes: int


class PackedTokens(NamedTuple):
    """A corpus' packed tokens: what to train on and what to validate with."""

    train: PackedSplit
    validation: PackedSplit


def read_tokens(folder: Path) -> PackedTokens:
    """The packed tokens in a folder; their rows stay on disk until they are used.

    Args:
        folder: Folder that the tokenization stage wrote.

    Raises:
        InputError: A file is missing.
    """
    names = ("tokens.json", *(f"{split}.npy" for split in PackedTokens._fields))
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise InputError(f"no packed tokens at {folder}: {', '.join(missing)} missing")
    description = json.loads((folder / "tokens.json").read_text(encoding="utf-8"))
    return PackedTokens(
        *(
            PackedSplit(
                rows=np.load(folder / f"{split}.npy", mmap_mode="r", allow_pickle=False),
                predicted_bytes=description[split]["predicted_bytes"],
            )
            for split in PackedTokens._fields
        )
    )
