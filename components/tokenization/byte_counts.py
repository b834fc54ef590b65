"""A text's tokens, and how many bytes of the text each stands for, whatever the tokenizer."""

import sys
from collections.abc import Iterator, Sequence

import fastokens
import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer, decoders

from components.formats.tokenizer import tokenizer_errors, vocabulary_size

FIRST_COMPARED = 10  # documents of a split whose tokens both libraries make, and then
COMPARED = 500  # one in so many


class TokensDifferError(Exception):
    """fastokens makes other tokens of a text than tokenizers does."""


class ByteCounts:
    """Splits texts into tokens, with the bytes of UTF-8 that each token stands for.

    A document's tokens stand for all of its bytes. Byte-level BPE writes each byte as one character
    of its own alphabet (Radford et al. 2019), so a token stands for as many bytes as its name has
    characters. Where that does not give the document's bytes, with other tokenizers or where a
    normalizer changes the text, bytes are counted from the tokens' places in the text: a token
    stands for what is between the end of the one before and its own.

    Attributes:
        vocabulary_size: Highest id of a token, and one.

    Args:
        tokenizer: Splits the texts.
        fast: Whether fastokens may make the tokens of byte-level BPE; tokenizers, which takes
            some 20 times as long, then makes those of a sample.
    """

    def __init__(self, tokenizer: Tokenizer, *, fast: bool = True) -> None:
        self._tokenizer = tokenizer
        self.vocabulary_size = vocabulary_size(tokenizer)
        self._sizes = np.zeros(self.vocabulary_size, np.int32)  # 0: nothing to go by
        if isinstance(tokenizer.decoder, decoders.ByteLevel):
            for token, number in tokenizer.get_vocab(with_added_tokens=False).items():
                self._sizes[number] = len(token)
            for number, added in tokenizer.get_added_tokens_decoder().items():
                self._sizes[number] = len(added.content.encode())
        self._fast = _fast(tokenizer) if fast and self._sizes.any() else None

    def __call__(self, texts: Sequence[str], *, before: int = 0) -> Iterator[NDArray[np.int32]]:
        """Each text's tokens, int32, shape (2, num_tokens): their ids and their bytes.

        Args:
            texts: Consecutive documents.
            before: How many documents come before them: the sample is drawn by their numbers.

        Raises:
            InputError: The tokenizer cannot split a text.
            TokensDifferError: The two libraries disagree on a text of the sample.
        """
        if not self._sizes.any():
            with tokenizer_errors():
                encodings = self._tokenizer.encode_batch(texts, add_special_tokens=False)
            for text, encoding in zip(texts, encodings, strict=True):
                ids = np.array(encoding.ids, np.int32)
                yield np.stack([ids, _sizes_by_place(text, encoding.offsets)])
            return
        for text, ids in zip(texts, self._ids(texts, before), strict=True):
            sizes = self._sizes[ids]
            if sizes.sum() != len(text.encode()):  # the fast encodings know no places
                sizes = _sizes_by_place(text, self._encoding(text).offsets)
            tokens = np.empty((2, len(ids)), np.int32)  # np.stack takes three times as long
            tokens[0], tokens[1] = ids, sizes
            yield tokens

    def _ids(self, texts: Sequence[str], before: int) -> Iterator[NDArray[np.int32]]:
        if self._fast is None:
            with tokenizer_errors():
                encodings = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
            for encoding in encodings:
                yield np.array(encoding.ids, np.int32)
            return
        flat, ends = self._fast.encode_batch_flat(texts, add_special_tokens=False)
        bounds = np.frombuffer(ends, np.uint64).astype(np.int64)
        parts = np.split(np.frombuffer(flat, np.int32), bounds[1:-1])
        for number, (text, ids) in enumerate(zip(texts, parts, strict=True), start=before + 1):
            compared = number <= FIRST_COMPARED or number % COMPARED == 0
            if compared and self._encoding(text).ids != ids.tolist():
                raise TokensDifferError(f"document {number:,}")
            yield ids

    def _encoding(self, text: str) -> Encoding:
        with tokenizer_errors():
            return self._tokenizer.encode(text, add_special_tokens=False)


def _fast(tokenizer: Tokenizer) -> fastokens.Tokenizer | None:
    """The tokenizer in fastokens; None, said in a line, where that cannot read it."""
    try:
        return fastokens.Tokenizer.from_json_str(tokenizer.to_str())
    except ValueError as error:
        line = f"tokenizing with tokenizers, slower: fastokens does not take this one ({error})"
        print(line, file=sys.stderr)  # noqa: T201
        return None


def _sizes_by_place(text: str, spans: Sequence[tuple[int, int]]) -> NDArray[np.int32]:
    """Bytes between the ends of a text's tokens, int32, shape (num_tokens,)."""
    characters = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    sizes = 1 + sum((characters >= least).astype(np.int32) for least in (0x80, 0x800, 0x10000))
    before = np.concatenate([[0], np.cumsum(sizes)])  # bytes before each character
    ends = np.maximum.accumulate(np.array([end for _, end in spans], np.int64))
    ends[-1:] = len(text)  # what a normalizer strips
    return np.diff(before[ends], prepend=0).astype(np.int32)
