"""The results as numbers: what `dvc metrics show` and `dvc plots show` read."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from components.figures.accuracy import Accuracy
from components.figures.participants import Experts
from components.figures.scores import Score


def metrics(scores: Sequence[Score], experts: Experts) -> dict[str, Any]:
    """Accuracies, the validation and the accuracies' 95 % intervals, nested by variant.

    DVC shows every number as a column, so the intervals have a table of their own: the columns
    that runs are compared by then stand side by side.

    Args:
        scores: Of every variant.
        experts: Whom they are compared with.

    Returns:
        Shares from 0 to 1; perplexity per token, bits per byte of UTF-8.
    """
    accuracies = {each.variant.name: each.accuracy for each in scores}
    return {
        "accuracy": {name: _shares(values) for name, values in accuracies.items()},
        "human_experts": _shares(experts.accuracy),
        "interval": {
            name: {author: each.interval._asdict() for author, each in values.items()}
            for name, values in {"human_experts": experts.accuracy, **accuracies}.items()
        },
        "validation": {each.variant.name: asdict(each.validation) for each in scores},
    }


def write_plots(folder: Path, scores: Sequence[Score], experts: Experts) -> None:
    """Writes accuracy.csv and validation.csv, one value a row.

    Args:
        folder: Where to write.
        scores: Of every variant.
        experts: Whom they are compared with; the rows named `human experts`.
    """
    accuracies = {"human experts": experts.accuracy}
    accuracies |= {each.variant.name: each.accuracy for each in scores}
    _write(
        folder / "accuracy.csv",
        ("variant", "author", "accuracy", "low", "high", "n"),
        (
            (name, author, value.share, *value.interval, value.total)
            for name, values in accuracies.items()
            for author, value in values.items()
        ),
    )
    _write(
        folder / "validation.csv",
        ("variant", "epoch", "perplexity", "bits_per_byte"),
        (
            (each.variant.name, epoch, validation.perplexity, validation.bits_per_byte)
            for each in scores
            for epoch, validation in each.epochs
        ),
    )


def _shares(values: dict[str, Accuracy]) -> dict[str, float]:
    return {author: value.share for author, value in values.items()}


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
