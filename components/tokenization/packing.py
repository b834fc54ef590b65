"""Packing: documents, cut into tokens and laid end to end, as rows of equal length."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from components.formats.tokenizer import END_OF_TEXT
from components.formats.tokens import Rows
from components.runtime.errors import InputError
from components.runtime.progress import Progress

Separator = Literal["none", "end-of-text"]
DOCUMENTS_AT_ONCE = 1000  # what the tokenizer's threads share


def pack(
    texts: Iterable[str],
    *,
    tokenizer: Tokenizer,
    context_length: int,
    separator: Separator,
    file: Path,
    where: str,
    progress: Progress,
) -> dict[str, int]:
    """Writes texts as packed rows of tokens and returns what they amount to.

    The texts' tokens run on from row to row; what is left at the end and fills no row is
    dropped. Memory does not grow with the corpus.

    Args:
        texts: Documents in order.
        tokenizer: What cuts them.
        context_length: Tokens a row.
        separator: What stands behind each document.
        file: NumPy file to write: uint16 (uint32 for more than 65,536 tokens), shape (num_rows,
            context_length).
        where: The corpus, for the error.
        progress: Told of each document.

    Returns:
        `num_documents`, `num_rows`, and `predicted_bytes`: UTF-8 bytes behind all tokens but
        the first of each row.

    Raises:
        InputError: The texts fill no row.
    """
    kind = np.dtype(np.uint16 if tokenizer.get_vocab_size() <= 2**16 else np.uint32)
    sizes = token_sizes(tokenizer)
    end = [tokenizer.token_to_id(END_OF_TEXT)] if separator == "end-of-text" else []
    counts = {"num_documents": 0, "num_rows": 0, "predicted_bytes": 0}
    rest = np.empty(0, kind)
    with file.open("wb") as out:
        _write_header(out, kind, num_rows=0, context_length=context_length)
        for batch in _batches(texts):
            cut = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
            ids = [np.asarray(encoding.ids + end, kind) for encoding in cut]
            rows, rest = _whole_rows(np.concatenate([rest, *ids]), context_length)
            out.write(rows.tobytes())
            counts["num_documents"] += len(batch)
            counts["num_rows"] += len(rows)
            counts["predicted_bytes"] += int(sizes[rows[:, 1:]].sum())
            progress.advance(len(batch))
        out.seek(0)
        _write_header(out, kind, num_rows=counts["num_rows"], context_length=context_length)
    if counts["num_rows"] == 0:
        found = f"only {len(rest)} tokens in {where}"
        raise InputError(f"{found}: expected at least one row of {context_length}")
    return counts


def token_sizes(tokenizer: Tokenizer) -> NDArray[np.int64]:
    """UTF-8 bytes each token stands for, int64, shape (vocabulary_size,); 0 for special ones.

    Byte-level BPE writes each byte as one character of its own alphabet (Radford et al. 2019),
    so a token stands for as many bytes as its name has characters.
    """
    sizes = np.zeros(tokenizer.get_vocab_size(), np.int64)
    for token, number in tokenizer.get_vocab().items():
        sizes[number] = len(token)
    for number, added in tokenizer.get_added_tokens_decoder().items():
        if added.special:
            sizes[number] = 0
    return sizes


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(texts)
    while batch := list(islice(remaining, DOCUMENTS_AT_ONCE)):
        yield batch


def _whole_rows(ids: Rows, context_length: int) -> tuple[Rows, Rows]:
    """The rows that ids fill, and the ids left over."""
    whole = len(ids) // context_length * context_length
    return ids[:whole].reshape(-1, context_length), ids[whole:]


def _write_header(
    out: BinaryIO, kind: np.dtype[Any], *, num_rows: int, context_length: int
) -> None:
    """NumPy's header; NumPy leaves room in it for any number of rows, so its size is fixed."""
    header = {"descr": kind.str, "fortran_order": False, "shape": (num_rows, context_length)}
    np.lib.format.write_array_header_1_0(out, header)
