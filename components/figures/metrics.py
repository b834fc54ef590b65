"""The results as numbers: what `dvc metrics show` and `dvc plots show` read."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from components.artifact import write_json
from components.figures.accuracy import Accuracy
from components.figures.participants import Experts
from components.figures.scores import Score

EXPERTS = "human-experts"


def write_metrics(folder: Path, scores: Sequence[Score], experts: Experts) -> None:
    """Writes a JSON file for each variant and for the human experts.

    DVC shows a file as a row and a number as a column, so the table reads like the report's.

    Args:
        folder: Where to write.
        scores: Of every variant.
        experts: Whom they are compared with.
    """
    write_json(folder / f"{EXPERTS}.json", _shares(experts.accuracy))
    for each in scores:
        validation = {
            "perplexity": each.validation.perplexity,
            "bits_per_byte": each.validation.bits_per_byte,
        }
        write_json(folder / f"{each.variant.name}.json", _shares(each.accuracy) | validation)


def write_plots(folder: Path, scores: Sequence[Score], experts: Experts) -> None:
    """Writes accuracy.csv, and validation/ with the epochs of each variant.

    Args:
        folder: Where to write.
        scores: Of every variant.
        experts: Whom they are compared with.
    """
    shares = {EXPERTS: _shares(experts.accuracy)}
    shares |= {each.variant.name: _shares(each.accuracy) for each in scores}
    columns = list(next(iter(shares.values())))
    rows = ([name, *(row.get(column, "") for column in columns)] for name, row in shares.items())
    _write(folder / "accuracy.csv", ["variant", *columns], rows)
    (folder / "validation").mkdir()
    for each in scores:
        _write(
            folder / "validation" / f"{each.variant.name}.csv",
            ("epoch", "perplexity", "bits_per_byte"),
            (
                (epoch, validation.perplexity, validation.bits_per_byte)
                for epoch, validation in each.epochs
            ),
        )


def _shares(accuracies: dict[str, Accuracy]) -> dict[str, float]:
    """Accuracy and the ends of its 95 % interval, 0 to 1, by who made the cases."""
    return {
        f"{author}{end}": value
        for author, each in accuracies.items()
        for end, value in (
            ("", each.share),
            ("_low", each.interval.low),
            ("_high", each.interval.high),
        )
    }


def _write(file: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
