"""Tables of the report: the numbers of a DataFrame as words, for HTML and Markdown."""

import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from components.figures import numbers
from components.formats.json_file import read_text
from components.formats.params import EXPERTS

TABLES = (
    "models",
    "against_people",
    "comparisons",
    "people",
    "sections",
    "confidence",
    "contexts",
    "memorisation",
    "clean",
)
# How a value without an interval is written, by the kind of its column.
KINDS: dict[str, Callable[[float], str]] = {
    "count": lambda value: f"{value:,.0f}",
    "size": numbers.size,
    "p": lambda value: numbers.p_value(value).removeprefix("p = ").removeprefix("p "),
    "perplexity": numbers.perplexity,
    "bits": lambda value: f"{value:.3f}",
    "duration": numbers.duration,
}


class Column(NamedTuple):
    """A column that readers see."""

    name: str  # in the DataFrame; the ends of its interval are `name_low` and `name_high`
    title: str  # its heading
    kind: str  # `text`, or a key of `KINDS` or `numbers.WRITERS`

    @property
    def align(self) -> str:
        """Class of its cells in HTML: words or number."""
        return "words" if self.kind == "text" else "number"


def read_table(file: Path) -> pd.DataFrame:
    """A CSV file as texts, so that a name such as 007 or NA stays what it is.

    Raises:
        InputError: The file is missing or not UTF-8.
    """
    return pd.read_csv(io.StringIO(read_text(file)), dtype=str, keep_default_na=False, na_values="")


def read_tables(folder: Path, *, experts: str) -> dict[str, pd.DataFrame]:
    """The tables that the statistics stage wrote, by name.

    Args:
        folder: Where it wrote.
        experts: What the report calls the experts.

    Raises:
        InputError: A table is missing or not UTF-8.
    """
    frames = {name: read_table(folder / f"{name}.csv") for name in TABLES}
    return {name: frame.replace({"who": {EXPERTS: experts}}) for name, frame in frames.items()}


def cells(
    frame: pd.DataFrame, columns: Sequence[tuple[str, str, str]]
) -> tuple[list[Column], list[list[str]]]:
    """The columns with a value in some row, and each row's texts; a dash for a missing value.

    Args:
        frame: Values, as numbers or as texts of numbers; missing ones as NaN or None.
        columns: Name, title and kind of each column.
    """
    shown = [Column(*each) for each in columns if each[0] in frame and frame[each[0]].notna().any()]
    texts = [[_text(row, column) for column in shown] for row in frame.to_dict("records")]
    return shown, texts


def markdown(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, a line a row, columns aligned so that a terminal shows them as well."""
    titles = [column.title for column in columns]
    lines = [
        [" ".join(each.splitlines()).replace("|", "\\|") for each in row] for row in (titles, *rows)
    ]
    widths = [max(3, *map(len, column)) for column in zip(*lines, strict=True)]
    sides = ["<" if column.align == "words" else ">" for column in columns]
    rule = [
        "-" * (width - 1) + ("-" if side == "<" else ":")
        for side, width in zip(sides, widths, strict=True)
    ]
    lines = [
        [f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True)]
        for row in (lines[0], rule, *lines[1:])
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _text(row: dict[str, Any], column: Column) -> str:
    value = row[column.name]
    if pd.isna(value):
        return numbers.NONE
    if column.kind in KINDS:
        return KINDS[column.kind](float(value))
    if column.kind in numbers.WRITERS:
        low, high = (float(row.get(f"{column.name}_{end}", "nan")) for end in ("low", "high"))
        interval = None if math.isnan(low) or math.isnan(high) else (low, high)
        return numbers.WRITERS[column.kind](float(value), interval)
    return str(value)
