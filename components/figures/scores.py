"""What the variants reached: their perplexities in every context, and how they were trained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.figures.accuracy import Accuracy, accuracy
from components.figures.perplexities import CONTEXTS, Perplexities, read_perplexities
from components.figures.record import Record, read_json
from components.figures.rows import read_rows
from components.figures.statistics.arrays import Floats
from components.figures.training_record import Training, read_training
from components.figures.variants import Variant
from components.formats.cases import Case
from components.runtime.errors import InputError


@dataclass(frozen=True)
class Manner:
    """How a model was asked.

    Attributes:
        protocol: `corrected`, `faithful`, or `published` for results that were imported.
        prompt: What it read in front of every text; None where that is not recorded.
        precision: Of its numbers; empty where that is not recorded.
    """

    protocol: str
    prompt: str | None
    precision: str


@dataclass(frozen=True, eq=False)
class Score:
    """What one variant reached.

    Attributes:
        variant: Which.
        contexts: Perplexities by context and by who made the cases; always with `full`.
        manner: How it was asked.
        bits_per_byte: Of the benchmark's originals, by who made the cases; may lack them.
        reference: Of texts of the field nobody trained on, bytes compressed by zlib and
            perplexity, shape (num_texts, 2); may be none.
        training: How it was trained; None where that is not recorded.
    """

    variant: Variant
    contexts: dict[str, dict[str, Perplexities]]
    manner: Manner
    bits_per_byte: dict[str, float]
    reference: Floats
    training: Training | None

    @property
    def authors(self) -> tuple[str, ...]:
        """Who made the cases."""
        return tuple(self.contexts["full"])

    @property
    def accuracy(self) -> dict[str, Accuracy]:
        """Over whole abstracts, by who made the cases."""
        return {
            name: accuracy(each.correct.tolist()) for name, each in self.contexts["full"].items()
        }


def read_scores(
    folder: Path, variants: Sequence[Variant], *, cases: Mapping[str, Sequence[Case]]
) -> list[Score]:
    """What all variants reached.

    Args:
        folder: Folder of all scores; a variant's lie below its name.
        variants: Which.
        cases: The benchmark's cases by who made them.

    Raises:
        InputError: Scores are missing, lack a column or value, hold a bad one, are of other cases
            than the benchmark's, or of other authors' than each other.
    """
    scores = [read_score(folder, each, cases=cases) for each in variants]
    first = scores[0]
    for each in scores:
        if each.authors != first.authors:
            found = f"{each.variant.name} was scored on cases of {' and '.join(each.authors)}"
            expected = f"as {first.variant.name}, {' and '.join(first.authors)}"
            raise InputError(f"{found} in {folder}: expected {expected}")
    return scores


def read_score(folder: Path, variant: Variant, *, cases: Mapping[str, Sequence[Case]]) -> Score:
    """What one variant reached; arguments and errors as of `read_scores`."""
    place = folder / variant.name
    for name in ("full.csv", "metrics.json"):
        if not (place / name).is_file():
            raise InputError(f"no scores of variant {variant.name}: expected {place / name}")
    files = {context: place / f"{context}.csv" for context in CONTEXTS}
    contexts = {
        context: read_perplexities(file, cases=cases, sentences=context == "isolated")
        for context, file in files.items()
        if file.is_file()
    }
    if "human" not in contexts["full"]:
        raise InputError(f"no human-made case in {place / 'full.csv'}: expected the benchmark's")
    metrics = read_json(place / "metrics.json")
    return Score(
        variant=variant,
        contexts=contexts,
        manner=_manner(metrics),
        bits_per_byte=_bits_per_byte(metrics),
        reference=_reference(place / "reference.csv"),
        training=read_training(metrics.record("model")) if "model" in metrics.values else None,
    )


def _manner(metrics: Record) -> Manner:
    """What imported results do not tell stays open."""
    known = metrics.values
    return Manner(
        protocol=metrics.text("protocol"),
        prompt=metrics.text("prompt") if "prompt" in known else None,
        precision=metrics.text("precision") if "precision" in known else "",
    )


def _bits_per_byte(metrics: Record) -> dict[str, float]:
    if "bits_per_byte" not in metrics.values:
        return {}
    full = metrics.record("bits_per_byte").record("full")
    return {author: full.number(author) for author in full.values}


def _reference(file: Path) -> Floats:
    """Compressed bytes and perplexity of each reference text; none where there is no file."""
    if not file.is_file():
        return np.empty((0, 2))
    rows = read_rows(file, columns=("zlib_bytes", "perplexity"), may_be_empty=True)
    pairs = [(row.number("zlib_bytes"), row.number("perplexity")) for row in rows]
    for row, pair in zip(rows, pairs, strict=True):
        if min(pair) <= 0:
            raise InputError(f"{min(pair)} bytes or perplexity, expected above 0: {row.where}")
    return np.array(pairs, dtype=np.float64).reshape(-1, 2)
