"""Published numbers beside those of this run: `results.md`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from components.figures.curves_figure import Curve
from components.figures.numbers import WRITERS
from components.figures.table import KINDS, cells, markdown
from components.formats.json_file import plain, read_yaml
from components.formats.statistics import StudyStatistics
from components.formats.terms import VocabularyMetrics
from components.runtime.errors import InputError

Place = tuple[str, ...]  # the keys that lead to a number: statistics, terms or curves first
ABSENT = "not in this source"


@dataclass(frozen=True)
class PublishedNumber:
    """A number of the original study: a row of `published.yaml`."""

    what: str
    value: float  # as published
    kind: str  # how it is written, as of a table's column
    same: Place = ()  # where the number stands that the original's rule gives here; empty for none
    corrected: Place = ()  # where the corrected number stands; empty for none
    why: str = ""  # why they differ; empty where they do not


@dataclass(frozen=True)
class _File:
    source: str
    numbers: tuple[PublishedNumber, ...]


def published_numbers(
    file: Path,
    study: StudyStatistics,
    *,
    vocabularies: VocabularyMetrics | None,
    curves: Sequence[Curve],
) -> str:
    """Published numbers beside this run's, in Markdown.

    Args:
        file: YAML file with the published numbers and where they come from.
        study: The statistics.
        vocabularies: What the two vocabularies share; None where that is not known.
        curves: Validation perplexities.

    Raises:
        InputError: The file is missing or bad, or a number is nowhere.
    """
    content = read_yaml(file, _File)
    known = {
        "statistics": plain(study),
        "terms": plain(vocabularies) if vocabularies else None,
        "curves": {each.name: each.points[-1][1] for each in curves},
    }
    variants = {each.name for each in study.variants}
    rows = []
    for each in content.numbers:
        if each.kind not in (*KINDS, *WRITERS):
            raise InputError(f"kind is '{each.kind}' of '{each.what}' in {file}")
        row: dict[str, str | None] = {
            "what": each.what,
            "published": _written(each.value, each.kind),
            "why": each.why,
        }
        for name, place in (("same", each.same), ("corrected", each.corrected)):
            row[name] = _found(place, known, each.kind, variants=variants, where=str(file))
        rows.append(row)
    columns = (
        ("what", "number", "text"),
        ("published", "published", "text"),
        ("same", "by the original’s rule", "text"),
        ("corrected", "corrected", "text"),
        ("why", "why they differ", "text"),
    )
    return content.source.strip() + "\n\n" + markdown(*cells(pd.DataFrame(rows), columns))


def _found(
    place: Place, known: Mapping[str, Any], kind: str, *, variants: set[str], where: str
) -> str | None:
    """The number at a place, written; None for no place."""
    if not place:
        return None
    value: Any = known
    for key in place:
        if value is None or (place[0] == "curves" and key not in value):
            return ABSENT
        if not isinstance(value, Mapping) or key not in value:
            if isinstance(value, Mapping) and value.keys() <= variants:  # of another variant
                return ABSENT
            raise InputError(f"no {'.'.join(place)} in this run's numbers: {where}")
        value = value[key]
    return ABSENT if value is None else _written(float(value), kind)


def _written(value: float, kind: str) -> str:
    return WRITERS[kind](value, None) if kind in WRITERS else KINDS[kind](value)
