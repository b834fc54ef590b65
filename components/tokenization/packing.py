"""Packing: the tokens of all documents, end to end, as sequences of equal length."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from components.formats.corpus import Split
from components.formats.tokenizer import END_OF_TEXT
from components.formats.tokens import Sequences, SplitCounts, write_sequences
from components.runtime.errors import InputError
from components.runtime.progress import Progress

Separator = Literal["none", "end-of-text", "yen"]
YEN = "¥"  # a lone byte A5 of the byte-level alphabet, token 99 of GPT-2
DOCUMENTS_AT_ONCE = 1000  # what the tokenizer's threads share


def pack(
    texts: Iterable[str],
    *,
    tokenizer: Tokenizer,
    context_length: int,
    separator: Separator,
    folder: Path,
    split: Split,
    where: str,
    progress: Progress,
) -> SplitCounts:
    """Writes texts as packed sequences of tokens and returns what they amount to.

    A text may continue in the next sequence. The tokens that are left at the end and do not fill a
    sequence are dropped. Memory does not grow with the corpus.

    Args:
        texts: Documents in order.
        tokenizer: Splits the documents into tokens.
        context_length: Tokens in a sequence.
        separator: `end-of-text` stands behind each document, `yen` (`¥`) ends each sequence.
        folder: Where to write.
        split: Which the texts are.
        where: The corpus, for the error.
        progress: Advanced by each document.

    Raises:
        InputError: The texts fill no sequence, or the tokenizer has no such separator.
    """
    dtype = np.dtype(np.uint16 if tokenizer.get_vocab_size() <= 2**16 else np.uint32)
    sizes = token_sizes(tokenizer)
    end = [tokenizer.token_to_id(END_OF_TEXT)] if separator == "end-of-text" else []
    last = [tokenizer.token_to_id(YEN)] if separator == "yen" else []
    if None in last:
        raise InputError(f"separator yen: the tokenizer has no token {YEN}")
    chunk_length = context_length - len(last)
    num_documents = predicted_bytes = 0
    rest = np.empty(0, dtype)

    def blocks() -> Iterator[Sequences]:
        nonlocal num_documents, predicted_bytes, rest
        for batch in _batches(texts):
            encodings = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
            ids = [np.asarray(encoding.ids + end, dtype) for encoding in encodings]
            chunks, rest = _whole_chunks(np.concatenate([rest, *ids]), chunk_length)
            yield np.column_stack([chunks, *(np.full(len(chunks), each, dtype) for each in last)])
            num_documents += len(batch)
            predicted_bytes += int(sizes[chunks[:, 1:]].sum())
            progress.advance(len(batch))

    num_sequences = write_sequences(
        folder, split, blocks(), dtype=dtype, sequence_length=context_length
    )
    if num_sequences == 0:
        found = f"only {len(rest)} tokens in {where}"
        raise InputError(f"{found}: expected at least one sequence of {context_length}")
    return SplitCounts(num_documents, num_sequences, predicted_bytes)


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


def _whole_chunks(ids: Sequences, length: int) -> tuple[Sequences, Sequences]:
    """The chunks that ids fill, and the ids left over."""
    whole = len(ids) // length * length
    return ids[:whole].reshape(-1, length), ids[whole:]
