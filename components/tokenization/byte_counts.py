"""How many bytes of a text each of its tokens stands for, whatever the tokenizer."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer, decoders

from components.formats.tokenizer import tokenizer_errors, vocabulary_size


class ByteCounts:
    """Splits texts into tokens, with the bytes of UTF-8 that each token stands for.

    A document's tokens stand for all of its bytes. Byte-level BPE writes each byte as one character
    of its own alphabet (Radford et al. 2019), so a token stands for as many bytes as its name has
    characters. Where that does not give the document's bytes, with other tokenizers or where a
    normalizer changes the text, bytes are counted from the tokens' places in the text: a token
    stands for what is between the end of the one before and its own.

    Args:
        tokenizer: Splits the texts.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._sizes = np.zeros(vocabulary_size(tokenizer), np.int32)  # 0: nothing to go by
        if isinstance(tokenizer.decoder, decoders.ByteLevel):
            for token, number in tokenizer.get_vocab(with_added_tokens=False).items():
                self._sizes[number] = len(token)
            for number, added in tokenizer.get_added_tokens_decoder().items():
                self._sizes[number] = len(added.content.encode())

    def __call__(self, texts: Sequence[str]) -> Iterator[NDArray[np.int32]]:
        """Each text's tokens, int32, shape (2, num_tokens): their ids and their bytes."""
        fast = self._sizes.any()
        with tokenizer_errors():
            encode = self._tokenizer.encode_batch_fast if fast else self._tokenizer.encode_batch
            encodings = encode(texts, add_special_tokens=False)
        for text, encoding in zip(texts, encodings, strict=True):
            ids = np.array(encoding.ids, np.int32)
            sizes = self._sizes[ids]
            if sizes.sum() != len(text.encode()):
                if fast:  # which knows no places
                    encoding = self._tokenizer.encode(text, add_special_tokens=False)
                sizes = _sizes_by_place(text, encoding.offsets)
            yield np.stack([ids, sizes])


def _sizes_by_place(text: str, spans: Sequence[tuple[int, int]]) -> NDArray[np.int32]:
    """Bytes between the ends of a text's tokens, int32, shape (num_tokens,)."""
    characters = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    sizes = 1 + sum((characters >= least).astype(np.int32) for least in (0x80, 0x800, 0x10000))
    before = np.concatenate([[0], np.cumsum(sizes)])  # bytes before each character
    ends = np.maximum.accumulate(np.array([end for _, end in spans], np.int64))
    ends[-1:] = len(text)  # what a normalizer strips
    return np.diff(before[ends], prepend=0).astype(np.int32)
