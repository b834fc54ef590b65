"""The statistics as tables: one CSV file each, every number in full precision.

An interval is two columns more, `..._low` and `..._high`; what is missing is empty.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from components.formats.cases import Author
from components.formats.statistics import (
    EXPERTS,
    Accuracy,
    AgainstPeople,
    Confidence,
    Interval,
    Model,
    People,
    StudyStatistics,
)

Row = dict[str, Any]
COMPARISON = (
    "one",
    "other",
    "author",
    "difference",
    "difference_low",
    "difference_high",
    "only_one",
    "only_other",
    "mcnemar_p",
    "holm_p",
    "detectable_effect",
    "cases_for_margin",
)
MEMORISATION = (
    "variant",
    "benchmark",
    "reference",
    "auroc",
    "auroc_low",
    "auroc_high",
    "mann_whitney_p",
    "num_benchmark",
    "num_reference",
)


def write_tables(folder: Path, study: StudyStatistics) -> None:
    """Writes all tables of a study.

    Args:
        folder: Where to write.
        study: All statistics.
    """
    for name, table in tables(study).items():
        write_table(folder / f"{name}.csv", table)


def write_table(file: Path, table: pd.DataFrame) -> None:
    """Writes a table as CSV with a header, numbers in full precision."""
    table.to_csv(file, index=False, lineterminator="\n")


def tables(study: StudyStatistics) -> dict[str, pd.DataFrame]:
    """All tables of a study, by name."""
    rows: dict[str, list[Row]] = {
        "models": [_model(*item) for item in _models(study)],
        "against_people": [
            {"variant": variant, "author": author, **_against_people(each)}
            for author, found in study.authors.items()
            for variant, each in found.against_people.items()
        ],
        "people": [row for author, each in _people(study) for row in _groups(author, each)],
        "sections": list(_sections(study)),
        "confidence": [
            {"who": who, "author": author, **_confidence(each)}
            for who, author, each in _everybody(study)
        ],
        "calibration": [
            {
                "who": who,
                "author": author,
                "rank": each.middle,
                "correct": each.correct,
                "total": each.total,
            }
            for who, author, confidence in _everybody(study)
            for each in confidence.bins.bins
        ],
        "contexts": [
            {
                "variant": variant,
                "author": author,
                "context": context,
                **_accuracy("accuracy", share),
                "choices": share.total,
            }
            for context, authors in study.contexts.items()
            for author, shares in authors.items()
            for variant, share in shares.items()
        ],
        "clean": [
            {
                "variant": each.name,
                "author": author,
                **_accuracy("all", study.accuracy(each.name)[author]),
                **_accuracy("clean", study.clean.get(author, {}).get(each.name)),
                "num_clean": study.overlap.clean[author],
            }
            for author in study.authors
            for each in study.variants
        ],
    }
    found = {name: pd.DataFrame(each, dtype=object) for name, each in rows.items()}
    # These two may have no row: with one variant, or without reference texts.
    for name, columns, values in (
        ("comparisons", COMPARISON, _comparisons(study)),
        ("memorisation", MEMORISATION, _memorisation(study)),
    ):
        found[name] = pd.DataFrame(values, columns=columns, dtype=object)
    return found


def _models(study: StudyStatistics) -> Iterator[tuple[Author, str, Model]]:
    for author, found in study.authors.items():
        for variant, model in found.models.items():
            yield author, variant, model


def _people(study: StudyStatistics) -> Iterator[tuple[Author, People]]:
    for author, found in study.authors.items():
        if found.people:
            yield author, found.people


def _everybody(study: StudyStatistics) -> Iterator[tuple[str, Author, Confidence]]:
    for author, found in study.authors.items():
        if found.people:
            yield EXPERTS, author, found.people.confidence
        for variant, model in found.models.items():
            yield variant, author, model.confidence


def _model(author: Author, variant: str, model: Model) -> Row:
    return {
        "variant": variant,
        "author": author,
        **_accuracy("accuracy", model.accuracy),
        "ties": model.num_ties,
        "chance_p": model.chance_p_value,
    }


def _against_people(each: AgainstPeople) -> Row:
    difference, equivalence = each.difference, each.equivalence
    difficulty, power = each.difficulty, each.power
    return {
        **_estimate("difference", difference.estimate, difference.interval),
        "standard_error": difference.standard_error,
        "verdict": each.verdict,
        "equivalence_p": equivalence.p_value if equivalence else None,
        "smallest_margin": equivalence.smallest_margin if equivalence else None,
        "permutation_p": each.permutation.p_value if each.permutation else None,
        **_estimate(
            "difficulty",
            difficulty.correlation if difficulty else None,
            difficulty.interval if difficulty else None,
        ),
        "difficulty_p": difficulty.p_value if difficulty else None,
        "detectable_effect": power.detectable_effect if power else None,
        "cases_for_margin": power.cases_for_margin if power else None,
        "cases_for_equivalence": power.cases_for_equivalence if power else None,
    }


def _comparisons(study: StudyStatistics) -> Iterator[tuple[Any, ...]]:
    for author, found in study.authors.items():
        for each in found.comparisons:
            yield (
                each.one,
                each.other,
                author,
                each.difference,
                *each.interval,
                each.mcnemar.only_one,
                each.mcnemar.only_other,
                each.mcnemar.p_value,
                each.holm_p_value,
                each.detectable_effect,
                each.cases_for_margin,
            )


def _groups(author: Author, people: People) -> Iterator[Row]:
    top, published = people.top, people.published_top
    for whose, share, num_dropped in (
        ("all", people.share, None),
        ("top fifth, corrected", top.share, top.num_dropped),
        ("top fifth, as published", published.share, published.num_dropped),
    ):
        if share:
            yield {
                "whose": whose,
                "author": author,
                **_accuracy("share", share),
                "trials": share.total,
                "effective_trials": round(share.effective_total),
                "abstracts_dropped": num_dropped,
            }


def _sections(study: StudyStatistics) -> Iterator[Row]:
    for author, found in study.authors.items():
        everybody = {EXPERTS: found.people.sections} if found.people else {}
        everybody |= {name: each.sections for name, each in found.models.items()}
        for section in sorted({name for sections in everybody.values() for name in sections}):
            for who, sections in everybody.items():
                if share := sections.get(section):
                    yield {
                        "section": section,
                        "author": author,
                        "who": who,
                        **_accuracy("share", share),
                        "choices": share.total,
                    }


def _confidence(each: Confidence) -> Row:
    return {
        **_estimate("auroc", each.roc.area, each.roc.interval),
        **_estimate("log_odds", each.logistic.slope, each.logistic.interval),
        "log_odds_p": each.logistic.p_value,
        "bins_slope": each.bins.slope,
        "published_bins_slope": each.published_bins.slope,
        "published_slope_p": each.published_logistic.p_value,
    }


def _memorisation(study: StudyStatistics) -> Iterator[tuple[Any, ...]]:
    for variant, each in study.memorisation.items():
        if each:
            yield (
                variant,
                each.benchmark[2],
                each.reference[2],
                each.roc.area,
                *(each.roc.interval or (None, None)),
                each.p_value,
                each.num_benchmark,
                each.num_reference,
            )


def _accuracy(name: str, found: Accuracy | None) -> Row:
    columns = (f"{name}_correct", f"{name}_total", name, f"{name}_low", f"{name}_high")
    if found is None:
        return dict.fromkeys(columns)
    values = (found.correct, found.total, found.share, *found.interval)
    return dict(zip(columns, values, strict=True))


def _estimate(name: str, value: float | None, interval: Interval | None) -> Row:
    low, high = interval or (None, None)
    return {name: value, f"{name}_low": low, f"{name}_high": high}
