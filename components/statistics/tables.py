"""The statistics as tables: one CSV file each, every number in full precision.

An interval is two columns more, `..._low` and `..._high`; what is missing is empty.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from components.formats.params import EXPERTS
from components.formats.statistics import (
    Accuracy,
    AuthorStatistics,
    Confidence,
    Estimate,
    StudyStatistics,
)

Table = tuple[tuple[str, ...], list[tuple[Any, ...]]]  # columns and rows


def write_tables(folder: Path, study: StudyStatistics) -> None:
    """Writes all tables of a study into a folder."""
    for name, table in tables(study).items():
        write_table(folder / f"{name}.csv", table)


def write_table(file: Path, table: pd.DataFrame) -> None:
    """Writes a table as CSV with a header, numbers in full precision."""
    table.to_csv(file, index=False, lineterminator="\n")


def tables(study: StudyStatistics) -> dict[str, pd.DataFrame]:
    """All tables of a study, by name."""
    found = {
        "models": _models(study),
        "against_people": _against_people(study),
        "comparisons": _comparisons(study),
        "people": _people(study),
        "sections": _sections(study),
        "confidence": _confidence(study),
        "calibration": _calibration(study),
        "contexts": _contexts(study),
        "memorisation": _memorisation(study),
        "clean": _clean(study),
    }
    return {
        name: pd.DataFrame(rows, columns=list(columns), dtype=object)
        for name, (columns, rows) in found.items()
    }


def _columns(name: str) -> tuple[str, ...]:
    return name, f"{name}_low", f"{name}_high"


def _values(estimate: Estimate | None) -> tuple[float | None, ...]:
    if estimate is None:
        return (None,) * 3
    return estimate.value, *(estimate.interval or (None, None))


def _share_columns(name: str) -> tuple[str, ...]:
    return f"{name}_correct", f"{name}_total", *_columns(name)


def _share_values(found: Accuracy | None) -> tuple[float | None, ...]:
    return (found.correct, found.total, *_values(found)) if found else (None,) * 5


def _models(study: StudyStatistics) -> Table:
    columns = ("variant", "author", *_share_columns("accuracy"), "ties", "chance_p")
    rows = [
        (
            *(variant, author),
            *_share_values(each),
            found.num_ties[variant],
            found.chance_p_values[variant],
            found.chance_holm_p_values[variant],
        )
        for author, found in study.authors.items()
        for variant, each in found.accuracy.items()
    ]
    return (*columns, "chance_holm_p"), rows


def _against_people(study: StudyStatistics) -> Table:
    columns = (
        *("variant", "author", *_columns("difference")),
        *("standard_error", "degrees_of_freedom", "difference_p", "difference_holm_p"),
        *("verdict", "equivalence_p", "smallest_margin", *_columns("difficulty")),
        *("difficulty_p", "detectable_effect", "cases_for_margin", "cases_for_equivalence"),
    )
    rows = [
        (
            *(variant, author),
            *_values(each.difference),
            each.difference.standard_error,
            each.difference.degrees_of_freedom,
            each.difference.p_value,
            each.holm_p_value,
            each.verdict,
            each.equivalence and each.equivalence.p_value,
            each.equivalence and each.equivalence.smallest_margin,
            *_values(each.difficulty),
            each.difficulty.p_value,
            each.power and each.power.detectable_effect,
            each.power and each.power.cases_for_margin,
            each.power and each.power.cases_for_equivalence,
        )
        for author, found in study.authors.items()
        for variant, each in found.against_people.items()
    ]
    return columns, rows


def _comparisons(study: StudyStatistics) -> Table:
    columns = (
        *("one", "other", "author", *_columns("difference"), "only_one", "only_other"),
        *("mcnemar_p", "holm_p", "detectable_effect", "cases_for_margin"),
    )
    rows = [
        (
            *(each.one, each.other, author),
            *_values(each.difference),
            each.mcnemar.only_one,
            each.mcnemar.only_other,
            each.mcnemar.p_value,
            each.holm_p_value,
            each.detectable_effect,
            each.cases_for_margin,
        )
        for author, found in study.authors.items()
        for each in found.comparisons
    ]
    return columns, rows


def _people(study: StudyStatistics) -> Table:
    columns = ("whose", "author", *_share_columns("share"), "trials", "effective_trials")
    rows = []
    for author, found in study.authors.items():
        if not found.people:
            continue
        top, published = found.people.top, found.people.published_top
        for whose, share, num_dropped in (
            ("all", found.people.accuracy, None),
            ("top fifth, corrected", top.accuracy, top.num_dropped),
            ("top fifth, as published", published.accuracy, published.num_dropped),
        ):
            if share:
                effective = round(share.effective_total)
                row = whose, author, *_share_values(share), share.total, effective, num_dropped
                rows.append(row)
    return (*columns, "abstracts_dropped"), rows


def _sections(study: StudyStatistics) -> Table:
    rows = []
    for author, found in study.authors.items():
        everybody = {EXPERTS: found.people.sections} if found.people else {}
        everybody |= found.sections
        for section in sorted({name for sections in everybody.values() for name in sections}):
            for who, sections in everybody.items():
                if share := sections.get(section):
                    rows.append((section, author, who, *_share_values(share), share.total))
    return ("section", "author", "who", *_share_columns("share"), "choices"), rows


def _confidence(study: StudyStatistics) -> Table:
    columns = (
        *("who", "author", *_columns("auroc"), *_columns("log_odds")),
        *("log_odds_p", "bins_slope", "published_bins_slope", "published_slope_p"),
    )
    rows = [
        (
            *(who, author),
            *_values(each.auroc),
            *_values(each.logistic),
            each.logistic.p_value,
            each.bins.slope,
            each.published_bins.slope,
            each.published_logistic.p_value,
        )
        for author, found in study.authors.items()
        for who, each in _confidences(found).items()
    ]
    return columns, rows


def _calibration(study: StudyStatistics) -> Table:
    rows = [
        (who, author, each.middle, each.correct, each.total)
        for author, found in study.authors.items()
        for who, confidence in _confidences(found).items()
        for each in confidence.bins.bins
    ]
    return ("who", "author", "rank", "correct", "total"), rows


def _confidences(found: AuthorStatistics) -> dict[str, Confidence]:
    people = {EXPERTS: found.people.confidence} if found.people else {}
    return people | found.confidence


def _contexts(study: StudyStatistics) -> Table:
    rows = [
        (variant, author, context, *_share_values(share), share.total)
        for context, authors in study.contexts.items()
        for author, shares in authors.items()
        for variant, share in shares.items()
    ]
    return ("variant", "author", "context", *_share_columns("accuracy"), "choices"), rows


def _memorisation(study: StudyStatistics) -> Table:
    columns = ("variant", "benchmark", "reference", *_columns("auroc"), "mann_whitney_p")
    rows = [
        (
            *(variant, each.benchmark[2], each.reference[2]),
            *_values(each.auroc),
            *(each.p_value, each.num_benchmark, each.num_reference),
        )
        for variant, each in study.memorisation.items()
        if each
    ]
    return (*columns, "num_benchmark", "num_reference"), rows


def _clean(study: StudyStatistics) -> Table:
    rows = []
    for author, num_clean in study.num_clean.items():
        clean: dict[str, Accuracy] = study.clean.get(author, {})
        for name, share in study.authors[author].accuracy.items():
            values = (*_share_values(share), *_share_values(clean.get(name)))
            rows.append((name, author, *values, num_clean))
    columns = ("variant", "author", *_share_columns("all"), *_share_columns("clean"))
    return (*columns, "num_clean"), rows
