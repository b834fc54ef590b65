"""Texts of the field that no model was trained on, to compare the benchmark with."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from components.brainbench.scorer import TextReading
from components.formats.compression import zlib_bytes
from components.formats.corpus import located_documents
from components.formats.scores import ReferenceText


class Beginning(NamedTuple):
    """The beginning of a validation document, and the document's place."""

    text: str
    where: str


def reference_texts(corpus: Path, lengths: Sequence[int]) -> list[Beginning]:
    """The beginnings of validation documents, each as long as one of the benchmark's abstracts.

    A text's zlib-to-perplexity ratio depends on its length, so the lengths are the same, each
    abstract's once, however many cases use it.

    Args:
        corpus: Folder of the field's corpus; its validation documents were not trained on.
        lengths: Characters of each text, one document each; a shorter document is taken whole,
            a longer one is cut before the word that would exceed the length.

    Raises:
        InputError: There is no such corpus, or it is bad.
    """
    texts = located_documents(corpus, "validation")
    return [
        Beginning(_beginning(text, length), where)
        for length, (text, where) in zip(lengths, texts, strict=False)
    ]


def _beginning(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return text[: length + 1].rpartition(" ")[0] or text[:length]


def scored_texts(
    reference: Sequence[Beginning], readings: Sequence[TextReading | str]
) -> Iterator[ReferenceText]:
    """The rows of the reference texts that could be scored; says which could not, and why.

    Args:
        reference: The texts, from the first document on.
        readings: Each one's reading, or why there is none.
    """
    for number, (each, reading) in enumerate(zip(reference, readings, strict=True)):
        if not any(map(str.isalnum, each.text)):
            reading = "no letter or digit"
        if isinstance(reading, str):
            print(f"reference text left out: {reading}: {each.where}", file=sys.stderr)  # noqa: T201
            continue
        yield ReferenceText(
            document=number,
            num_bytes=len(each.text.encode("utf-8")),
            zlib_bytes=zlib_bytes(each.text),
            tokens=int(reading.encoding.counted.sum()),
            perplexity=reading.perplexity,
        )
