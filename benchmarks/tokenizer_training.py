"""Time and memory of training a tokenizer, by the size of its corpus.

    python -m benchmarks.tokenizer_training --corpus data/corpus/domain

Trains on the first part of a corpus, then on larger ones, in processes of their own; on the
smallest twice, whose files must be the same. Memory grows with the distinct words (what the
tokenizer's pattern splits at spaces), which grow as a power of the text (Heaps' law).
"""

import itertools
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tokenizers import pre_tokenizers

from benchmarks.measuring import cost
from components.formats.corpus import documents, write_documents
from components.formats.tokenizer import FILES
from components.runtime.command_line import run


def tokenizer_training(
    *,
    corpus: Path,
    megabytes: tuple[float, ...] = (10.0, 20.0, 38.0),
    vocabulary_size: int = 50257,
) -> None:
    """Prints CPU time, memory and distinct words by size, and the exponents of their growth.

    Args:
        corpus: Folder with train.jsonl.
        megabytes: Sizes of the parts, increasing, in megabytes of text.
        vocabulary_size: Number of tokens to train.
    """
    rows: list[tuple[float, float, float, float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in megabytes:
            part = folder / f"{size:g}"
            write_documents(part, "train", first(corpus, size))
            made = [folder / f"{size:g}-{number}" for number in range(1 if rows else 2)]
            for target in made:
                flags = [f"--source={part}", f"--tokenizer={target}"]
                flags.append(f"--vocabulary-size={vocabulary_size}")
                used = cost(["-m", "components.tokenizer", *flags])
            if len(made) == 2:
                same = all(
                    (made[0] / each).read_bytes() == (made[1] / each).read_bytes()
                    for each in FILES
                    if (made[0] / each).exists()
                )
                print(f"trained twice: {'the same files' if same else 'OTHER FILES'}")
            num_words = distinct_words(part)
            rows.append((size, used.seconds, used.memory, float(num_words)))
            spent = f"{used.seconds:.1f} CPU s, {used.memory:.2f} GiB"
            print(f"{size:g} MB: {spent}, {num_words:,} words", flush=True)
    for row, later in itertools.pairwise(rows):
        growth = math.log(later[0] / row[0])
        names = ("time", "memory", "words")
        exponents = (math.log(b / a) / growth for a, b in zip(row[1:], later[1:], strict=True))
        found = ", ".join(f"{name} {each:.2f}" for name, each in zip(names, exponents, strict=True))
        print(f"exponents of growth, {row[0]:g} to {later[0]:g} MB: {found}")


def first(corpus: Path, megabytes: float) -> Iterator[str]:
    """The first documents of a corpus, up to a size in megabytes."""
    num_bytes = 0
    for text in documents(corpus, "train"):
        num_bytes += len(text.encode())
        if num_bytes > megabytes * 1e6:
            return
        yield text


def distinct_words(corpus: Path) -> int:
    """How many words a corpus has, as the tokenizer's pattern splits them."""
    split = pre_tokenizers.ByteLevel(add_prefix_space=False)
    found: set[str] = set()
    for text in documents(corpus, "train"):
        found.update(word for word, _ in split.pre_tokenize_str(text))
    return len(found)


if __name__ == "__main__":
    run(tokenizer_training)
