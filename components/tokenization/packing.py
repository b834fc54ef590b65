"""Packing: the tokens of all documents, end to end, as sequences of equal length."""

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from components.formats.tokenizer import END_OF_TEXT
from components.formats.tokens import Sequences, SplitCounts
from components.runtime.errors import InputError
from components.tokenization.byte_counts import ByteCounts

Separator = Literal["none", "end-of-text", "yen"]
YEN = "¥"  # a lone byte A5 of the byte-level alphabet, token 99 of GPT-2
SHARD_CHARACTERS = 8_000_000  # tokenized at once, by all cores


class Shard(NamedTuple):
    """Consecutive documents of a split, packed."""

    sequences: Sequences  # token ids, shape (any number of sequences, context_length)
    # Ids and bytes of the tokens behind the last sequence, with which the next shard begins, int32,
    # shape (2, less than a sequence)
    rest: NDArray[np.int32]
    counts: SplitCounts  # what the split amounts to, from its first document to this shard's last


def pack(
    texts: Iterable[str],
    *,
    tokenizer: Tokenizer,
    byte_counts: ByteCounts,
    context_length: int,
    separator: Separator,
    last: Shard | None = None,
) -> Iterator[Shard]:
    """Texts as packed sequences of tokens, shard by shard.

    A text may continue in the next sequence. The tokens that are left at the end and do not fill a
    sequence are dropped. Memory does not grow with the corpus.

    Args:
        texts: Documents in order.
        tokenizer: The tokenizer.
        byte_counts: Splits the documents into its tokens.
        context_length: Tokens in a sequence.
        separator: `end-of-text` stands behind each document, `yen` (`¥`) ends each sequence.
        last: The shard before the first of these texts; None at the beginning.

    Raises:
        InputError: The tokenizer has no such separator.
        TokensDifferError: As of `ByteCounts`.
    """
    dtype = np.dtype(np.uint16 if byte_counts.vocabulary_size <= 2**16 else np.uint32)
    behind_text = [tokenizer.token_to_id(END_OF_TEXT)] if separator == "end-of-text" else []
    behind_chunk = [tokenizer.token_to_id(YEN)] if separator == "yen" else []
    if None in behind_chunk:
        raise InputError(f"separator yen: the tokenizer has no token {YEN}")
    chunk_length = context_length - len(behind_chunk)
    separators = np.array([behind_text, [0] * len(behind_text)], np.int32)
    rest = last.rest if last else np.empty((2, 0), np.int32)
    counts = last.counts if last else SplitCounts(0, 0, 0)
    for batch in _batches(texts):
        documents = byte_counts(batch, before=counts.num_documents)
        parts = [part for document in documents for part in (document, separators)]
        tokens = np.concatenate([rest, *parts], axis=1)
        whole = tokens.shape[1] // chunk_length * chunk_length
        rest = tokens[:, whole:].copy()
        ids, sizes = tokens[:, :whole].reshape(2, -1, chunk_length)
        ends = np.tile(np.array(behind_chunk, dtype), (len(ids), 1))
        counts = SplitCounts(
            counts.num_documents + len(batch),
            counts.num_sequences + len(ids),
            counts.predicted_bytes + int(sizes[:, 1:].sum()),
        )
        yield Shard(np.hstack([ids.astype(dtype), ends]), rest, counts)


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    num_characters = 0
    for text in texts:
        batch.append(text)
        num_characters += len(text)
        if num_characters >= SHARD_CHARACTERS:
            yield batch
            batch, num_characters = [], 0
    if batch:
        yield batch
