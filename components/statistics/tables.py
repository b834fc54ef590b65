"""The statistics as tables: one CSV file each, every number in full precision.

An interval is two columns more, `..._low` and `..._high`; what is missing is empty.
"""

from collections.abc import Iterable, Iterator, Sequence
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

Values = Sequence[Any]  # a row


def write_tables(folder: Path, study: StudyStatistics) -> None:
    """Writes all tables of a study into a folder."""
    for name, table in tables(study).items():
        write_table(folder / f"{name}.csv", table)


def write_table(file: Path, table: pd.DataFrame) -> None:
    """Writes a table as CSV with a header, numbers in full precision."""
    table.to_csv(file, index=False, lineterminator="\n")


def tables(study: StudyStatistics) -> dict[str, pd.DataFrame]:
    """All tables of a study, by name."""
    accuracy, share = _accuracy_columns("accuracy"), _accuracy_columns("share")
    return {
        "models": _table(
            ("variant", "author", *accuracy, "ties", "chance_p", "chance_holm_p"), _models(study)
        ),
        "against_people": _table(
            (
                *("variant", "author"),
                *_columns("difference"),
                *("standard_error", "degrees_of_freedom", "difference_p", "difference_holm_p"),
                *("verdict", "equivalence_p", "smallest_margin"),
                *_columns("difficulty"),
                *("difficulty_p", "detectable_effect", "cases_for_margin"),
                "cases_for_equivalence",
            ),
            _against_people(study),
        ),
        "comparisons": _table(
            (
                *("one", "other", "author"),
                *_columns("difference"),
                *("only_one", "only_other", "mcnemar_p", "holm_p", "detectable_effect"),
                "cases_for_margin",
            ),
            _comparisons(study),
        ),
        "people": _table(
            ("whose", "author", *share, "trials", "effective_trials", "abstracts_dropped"),
            _people(study),
        ),
        "sections": _table(("section", "author", "who", *share, "choices"), _sections(study)),
        "confidence": _table(
            (
                *("who", "author"),
                *_columns("auroc"),
                *_columns("log_odds"),
                *("log_odds_p", "bins_slope", "published_bins_slope", "published_slope_p"),
            ),
            _confidence(study),
        ),
        "calibration": _table(("who", "author", "rank", "correct", "total"), _calibration(study)),
        "contexts": _table(
            ("variant", "author", "context", *accuracy, "choices"), _contexts(study)
        ),
        "memorisation": _table(
            (
                *("variant", "benchmark", "reference"),
                *_columns("auroc"),
                *("mann_whitney_p", "num_benchmark", "num_reference"),
            ),
            _memorisation(study),
        ),
        "clean": _table(
            (
                *("variant", "author"),
                *_accuracy_columns("all"),
                *_accuracy_columns("clean"),
                "num_clean",
            ),
            _clean(study),
        ),
    }


def _table(columns: Sequence[str], rows: Iterable[Values]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(columns), dtype=object)


def _columns(name: str) -> tuple[str, ...]:
    return name, f"{name}_low", f"{name}_high"


def _values(estimate: Estimate | None) -> tuple[float | None, ...]:
    if estimate is None:
        return (None,) * 3
    return estimate.value, *(estimate.interval or (None, None))


def _accuracy_columns(name: str) -> tuple[str, ...]:
    return f"{name}_correct", f"{name}_total", *_columns(name)


def _accuracy_values(found: Accuracy | None) -> Values:
    if found is None:
        return (None,) * 5
    return found.correct, found.total, *_values(found)


def _models(study: StudyStatistics) -> Iterator[Values]:
    for author, found in study.authors.items():
        for variant, each in found.accuracy.items():
            yield (
                variant,
                author,
                *_accuracy_values(each),
                found.num_ties[variant],
                found.chance_p_values[variant],
                found.chance_holm_p_values[variant],
            )


def _against_people(study: StudyStatistics) -> Iterator[Values]:
    for author, found in study.authors.items():
        for variant, each in found.against_people.items():
            difference, equivalence, power = each.difference, each.equivalence, each.power
            yield (
                variant,
                author,
                *_values(difference),
                difference.standard_error,
                difference.degrees_of_freedom,
                difference.p_value,
                each.holm_p_value,
                each.verdict,
                equivalence.p_value if equivalence else None,
                equivalence.smallest_margin if equivalence else None,
                *_values(each.difficulty),
                each.difficulty.p_value,
                power.detectable_effect if power else None,
                power.cases_for_margin if power else None,
                power.cases_for_equivalence if power else None,
            )


def _comparisons(study: StudyStatistics) -> Iterator[Values]:
    for author, found in study.authors.items():
        for each in found.comparisons:
            yield (
                each.one,
                each.other,
                author,
                *_values(each.difference),
                each.mcnemar.only_one,
                each.mcnemar.only_other,
                each.mcnemar.p_value,
                each.holm_p_value,
                each.detectable_effect,
                each.cases_for_margin,
            )


def _people(study: StudyStatistics) -> Iterator[Values]:
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
                yield whose, author, *_accuracy_values(share), share.total, effective, num_dropped


def _sections(study: StudyStatistics) -> Iterator[Values]:
    for author, found in study.authors.items():
        everybody = {EXPERTS: found.people.sections} if found.people else {}
        everybody |= found.sections
        for section in sorted({name for sections in everybody.values() for name in sections}):
            for who, sections in everybody.items():
                if share := sections.get(section):
                    yield section, author, who, *_accuracy_values(share), share.total


def _confidence(study: StudyStatistics) -> Iterator[Values]:
    for author, found in study.authors.items():
        for who, each in _confidences(found).items():
            yield (
                who,
                author,
                *_values(each.auroc),
                *_values(each.logistic),
                each.logistic.p_value,
                each.bins.slope,
                each.published_bins.slope,
                each.published_logistic.p_value,
            )


def _calibration(study: StudyStatistics) -> Iterator[Values]:
    for author, found in study.authors.items():
        for who, confidence in _confidences(found).items():
            for each in confidence.bins.bins:
                yield who, author, each.middle, each.correct, each.total


def _confidences(found: AuthorStatistics) -> dict[str, Confidence]:
    people = {EXPERTS: found.people.confidence} if found.people else {}
    return people | found.confidence


def _contexts(study: StudyStatistics) -> Iterator[Values]:
    for context, authors in study.contexts.items():
        for author, shares in authors.items():
            for variant, share in shares.items():
                yield variant, author, context, *_accuracy_values(share), share.total


def _memorisation(study: StudyStatistics) -> Iterator[Values]:
    for variant, each in study.memorisation.items():
        if each:
            yield (
                variant,
                each.benchmark[2],
                each.reference[2],
                *_values(each.auroc),
                each.p_value,
                each.num_benchmark,
                each.num_reference,
            )


def _clean(study: StudyStatistics) -> Iterator[Values]:
    for author in study.num_clean:
        clean: dict[str, Accuracy] = study.clean.get(author, {})
        for name, share in study.authors[author].accuracy.items():
            values = (*_accuracy_values(share), *_accuracy_values(clean.get(name)))
            yield name, author, *values, study.num_clean[author]
