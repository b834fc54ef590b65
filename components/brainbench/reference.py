"""Texts of the field that no model was trained on, to compare the benchmark with."""

from collections.abc import Sequence
from pathlib import Path

from components.brainbench.scorer import TextReading
from components.formats.compression import zlib_bytes
from components.formats.corpus import documents
from components.formats.scores import ReferenceText


def reference_texts(corpus: Path, lengths: Sequence[int]) -> list[str]:
    """The beginnings of validation documents, each as long as one of the benchmark's abstracts.

    A text's zlib-to-perplexity ratio depends on its length, so the lengths are the same.

    Args:
        corpus: Folder of the field's corpus; its validation documents were not trained on.
        lengths: Characters of each text, one document each; a shorter document is taken whole,
            a longer one is cut before the word that would exceed the length.

    Raises:
        InputError: There is no such corpus, or it is bad.
    """
    texts = documents(corpus, "validation")
    return [_beginning(text, length) for length, text in zip(lengths, texts, strict=False)]


def make_reference(number: int, text: str, reading: TextReading) -> ReferenceText:
    """The row of a reference text that was read."""
    return ReferenceText(
        document=number,
        num_bytes=len(text.encode("utf-8")),
        zlib_bytes=zlib_bytes(text),
        tokens=int(reading.encoding.counted.sum()),
        perplexity=reading.perplexity,
    )


def _beginning(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    cut = text[: length + 1].rpartition(" ")[0]
    return cut or text[:length]
