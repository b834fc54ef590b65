"""Packing: the tokens of all documents, end to end, as sequences of equal length."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from tokenizers import Tokenizer

from components.formats.corpus import Split
from components.formats.tokenizer import END_OF_TEXT, vocabulary_size
from components.formats.tokens import Sequences, SplitCounts, write_sequences
from components.runtime.errors import InputError
from components.runtime.progress import Progress
from components.tokenization.byte_counts import ByteCounts

Separator = Literal["none", "end-of-text", "yen"]
YEN = "¥"  # a lone byte A5 of the byte-level alphabet, token 99 of GPT-2
CHARACTERS_AT_ONCE = 4_000_000  # of documents that the tokenizer's threads share


def pack(
    texts: Iterable[str],
    *,
    tokenizer: Tokenizer,
    byte_counts: ByteCounts,
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
        tokenizer: The tokenizer.
        byte_counts: Splits the documents into its tokens.
        context_length: Tokens in a sequence.
        separator: `end-of-text` stands behind each document, `yen` (`¥`) ends each sequence.
        folder: Where to write.
        split: Which the texts are.
        where: The corpus, for the error.
        progress: Advanced by each document.

    Raises:
        InputError: The texts fill no sequence, or the tokenizer has no such separator.
        TokensDifferError: As of `ByteCounts`.
    """
    dtype = np.dtype(np.uint16 if vocabulary_size(tokenizer) <= 2**16 else np.uint32)
    end = [tokenizer.token_to_id(END_OF_TEXT)] if separator == "end-of-text" else []
    last = [tokenizer.token_to_id(YEN)] if separator == "yen" else []
    if None in last:
        raise InputError(f"separator yen: the tokenizer has no token {YEN}")
    chunk_length = context_length - len(last)
    separators = np.array([end, [0] * len(end)], np.int32)
    num_documents = predicted_bytes = 0
    rest = np.empty((2, 0), np.int32)  # ids and bytes of tokens

    def blocks() -> Iterator[Sequences]:
        nonlocal num_documents, predicted_bytes, rest
        for batch in _batches(texts):
            parts = [each for document in byte_counts(batch) for each in (document, separators)]
            tokens = np.concatenate([rest, *parts], axis=1)
            whole = tokens.shape[1] // chunk_length * chunk_length
            rest = tokens[:, whole:]
            ids, sizes = tokens[:, :whole].reshape(2, -1, chunk_length)
            ends = np.tile(np.array(last, dtype), (len(ids), 1))
            yield np.hstack([ids.astype(dtype), ends])
            num_documents += len(batch)
            predicted_bytes += int(sizes[:, 1:].sum())
            progress.advance(len(batch))

    num_sequences = write_sequences(
        folder, split, blocks(), dtype=dtype, sequence_length=context_length
    )
    if num_sequences == 0:
        found = f"only {rest.shape[1]} tokens in {where}"
        raise InputError(f"{found}: expected at least one sequence of {context_length}")
    return SplitCounts(num_documents, num_sequences, predicted_bytes)


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    num_characters = 0
    for text in texts:
        batch.append(text)
        num_characters += len(text)
        if num_characters >= CHARACTERS_AT_ONCE:
            yield batch
            batch, num_characters = [], 0
    if batch:
        yield batch
