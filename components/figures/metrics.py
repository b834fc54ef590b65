"""The results as numbers: what `dvc metrics show` and `dvc plots show` read."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from components.figures.results import Results
from components.formats.statistics import Accuracy, ScoredVariant
from components.runtime.atomic import write_json

EXPERTS = "human-experts"


def write_metrics(folder: Path, results: Results) -> None:
    """Writes a JSON file for each variant and for the human experts.

    DVC shows a file as a row and a number as a column, so the table reads like the report's. A
    variant's numbers depend on no other variant.

    Args:
        folder: Where to write.
        results: Of the study.
    """
    write_json(folder / f"{EXPERTS}.json", _of_people(results))
    for each in results.study.variants:
        write_json(folder / f"{each.name}.json", _of_variant(each, results))


def write_plots(folder: Path, results: Results) -> None:
    """Writes accuracy.csv, and validation/ with the epochs of each variant that has some.

    Args:
        folder: Where to write.
        results: Of the study.
    """
    shares = {EXPERTS: _shares(_people(results))}
    shares |= {
        each.name: _shares(results.study.accuracy(each.name)) for each in results.study.variants
    }
    columns = list(dict.fromkeys(name for row in shares.values() for name in row))
    rows = ([name, *(row.get(column, "") for column in columns)] for name, row in shares.items())
    _write(folder / "accuracy.csv", ["variant", *columns], rows)
    (folder / "validation").mkdir()
    for each in results.study.variants:
        if each.training:
            _write(
                folder / "validation" / f"{each.name}.csv",
                ("epoch", "perplexity", "bits_per_byte"),
                each.training.validations,
            )


def _people(results: Results) -> dict[str, Accuracy]:
    authors = results.study.authors.items()
    return {name: each.people.share for name, each in authors if each.people}


def _of_people(results: Results) -> dict[str, float]:
    people = results.people
    found = _shares(_people(results))
    known = {
        "top_fifth": people.top.share.share if people.top.share else None,
        "auroc": people.confidence.roc.area,
        "noise_ceiling": people.ceiling.ceiling,
    }
    return found | {name: value for name, value in known.items() if value is not None}


def _of_variant(score: ScoredVariant, results: Results) -> dict[str, float]:
    name, training = score.name, score.training
    beside = results.human.against_people[name]
    memorised, difficulty = results.study.memorisation[name], beside.difficulty
    clean = results.study.clean.get("human", {}).get(name)
    known: dict[str, float | None] = {
        "perplexity": training.validation_perplexity if training else None,
        "bits_per_byte": training.validation_bits_per_byte if training else None,
        "benchmark_bits_per_byte": score.bits_per_byte.get("human"),
        "less_experts": beside.difference.estimate,
        "smallest_margin": beside.equivalence.smallest_margin if beside.equivalence else None,
        "auroc": results.human.models[name].confidence.roc.area,
        "difficulty": difficulty.correlation if difficulty else None,
        "memorisation_auroc": memorised.roc.area if memorised else None,
        "clean": clean.share if clean else None,
    }
    for context in ("isolated", "swapped"):
        share = results.study.contexts.get(context, {}).get("human", {}).get(name)
        known[context] = share.share if share else None
    shares = _shares(results.study.accuracy(name))
    return shares | {name: value for name, value in known.items() if value is not None}


def _shares(shares: Mapping[str, Accuracy]) -> dict[str, float]:
    """Shares of right choices and the ends of their 95 % intervals, by who made the cases."""
    return {
        f"{author}{end}": value
        for author, each in shares.items()
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
