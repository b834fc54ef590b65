"""Packed tokens: a corpus as rows of token ids, memory-mapped.

A folder holds `train.npy` and `validation.npy`, uint16 or uint32 of shape (num_rows,
context_length), `tokens.json` with how many bytes of text they stand for, and the files of the
tokenizer that cut them.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.corpus import SPLITS, Split
from components.errors import InputError


@dataclass(frozen=True)
class PackedTokens:
    """A corpus' packed tokens.

    Attributes:
        rows: For each split the token ids, shape (num_rows, context_length), memory-mapped.
        predicted_bytes: For each split the bytes of UTF-8 text behind all tokens but the first
            of each row, which no model predicts.
    """

    rows: dict[Split, NDArray[np.unsignedinteger[Any]]]
    predicted_bytes: dict[Split, int]


def read_tokens(folder: Path) -> PackedTokens:
    """The packed tokens in a folder; their rows stay on disk until they are used.

    Args:
        folder: Folder that the tokenization stage wrote.

    Raises:
        InputError: A file is missing.
    """
    names = ("tokens.json", *(f"{split}.npy" for split in SPLITS))
    missing = [name for name in names if not (folder / name).is_file()]
    if missing:
        raise InputError(f"no packed tokens at {folder}: {', '.join(missing)} missing")
    description = json.loads((folder / "tokens.json").read_text(encoding="utf-8"))
    return PackedTokens(
        rows={
            split: np.load(folder / f"{split}.npy", mmap_mode="r", allow_pickle=False)
            for split in SPLITS
        },
        predicted_bytes={split: description[split]["predicted_bytes"] for split in SPLITS},
    )
