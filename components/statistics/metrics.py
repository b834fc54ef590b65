"""Headline numbers for `dvc metrics show`, and tables for `dvc plots show`."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from components.formats.cases import Author
from components.formats.params import EXPERTS
from components.formats.statistics import Accuracy, ScoredVariant, StudyStatistics
from components.runtime.atomic import write_json
from components.statistics.tables import write_table


def write_metrics(folder: Path, study: StudyStatistics) -> None:
    """Writes a JSON file for each variant and for the human experts.

    DVC shows a file as a row and a number as a column, so the table reads like the report's. A
    variant's numbers depend on no other variant.
    """
    write_json(folder / f"{EXPERTS}.json", _of_people(study))
    for each in study.variants:
        write_json(folder / f"{each.name}.json", _of_variant(each, study))


def write_plots(folder: Path, study: StudyStatistics) -> None:
    """Writes accuracy.csv, and validation/ with the epochs of each variant that has some."""
    names = [EXPERTS, *(each.name for each in study.variants)]
    shares = [study.people_accuracy(), *(study.accuracy(each.name) for each in study.variants)]
    rows = [{"variant": name, **_shares(each)} for name, each in zip(names, shares, strict=True)]
    write_table(folder / "accuracy.csv", pd.DataFrame(rows, dtype=object))
    (folder / "validation").mkdir()
    columns = ["epoch", "perplexity", "bits_per_byte"]
    for each in study.variants:
        if each.training:
            epochs = pd.DataFrame(each.training.validations, columns=columns)
        elif each.record.curve:
            epochs = pd.DataFrame(each.record.curve, columns=columns[:2])
        else:
            continue
        write_table(folder / "validation" / f"{each.name}.csv", epochs)


def _of_people(study: StudyStatistics) -> dict[str, float]:
    people = study.people
    known = {
        "top_fifth": people.top.accuracy.value if people.top.accuracy else None,
        "auroc": people.confidence.auroc.value,
        "noise_ceiling": people.ceiling.ceiling,
    }
    return _shares(study.people_accuracy()) | _known(known)


def _of_variant(variant: ScoredVariant, study: StudyStatistics) -> dict[str, float]:
    name, training = variant.name, variant.training
    beside = study.main.against_people[name]
    memorised = study.memorisation[name]
    clean = study.clean.get(study.made_by, {}).get(name)
    contexts = {
        context: study.contexts.get(context, {}).get(study.made_by, {}).get(name)
        for context in ("isolated", "swapped")
    }
    known = {
        "perplexity": training.validation_perplexity if training else None,
        "bits_per_byte": training.validation_bits_per_byte if training else None,
        "benchmark_bits_per_byte": variant.bits_per_byte.get(study.made_by),
        "less_experts": beside.difference.value,
        "smallest_margin": beside.equivalence.smallest_margin if beside.equivalence else None,
        "auroc": study.main.confidence[name].auroc.value,
        "difficulty": beside.difficulty.value,
        "memorisation_auroc": memorised.auroc.value if memorised else None,
        "clean": clean.value if clean else None,
        **{context: share.value if share else None for context, share in contexts.items()},
    }
    return _shares(study.accuracy(name)) | _known(known)


def _known(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in values.items() if value is not None}


def _shares(shares: Mapping[Author, Accuracy]) -> dict[str, float]:
    """Shares of right choices and the ends of their 95 % intervals, by who made the cases."""
    return {
        f"{author}{end}": value
        for author, each in shares.items()
        for end, value in zip(("", "_low", "_high"), (each.value, *each.interval), strict=True)
    }
