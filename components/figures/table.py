"""A table: values that a report shows as words and a CSV file holds in full precision."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from components.figures import wording
from components.formats.statistics import Interval

Kind = Literal[
    "text", "count", "share", "points", "size", "number", "p", "perplexity", "bits", "duration"
]


@dataclass(frozen=True)
class Estimate:
    """A number with its interval, where there is one."""

    value: float
    interval: Interval | None = None


@dataclass(frozen=True)
class Column:
    """A column of a table; a value of any kind may be None.

    Attributes:
        name: In a CSV file.
        title: In the report; a column without one is only in the CSV file.
        kind: `text`; `count`, a whole number; `share` of right choices; `points`, an `Estimate` of
            a difference of shares; `size` of such a difference; `number`, an `Estimate`; `p`;
            `perplexity`; `bits` a byte; `duration` in seconds.
    """

    name: str
    title: str
    kind: Kind = "text"


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name: Its CSV file's.
        caption: What it shows.
        columns: What its values are, the first a name.
        rows: A value a column.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Any]]

    @property
    def shown(self) -> list[Column]:
        """The columns that readers see: those with a title and a value in some row."""
        return [
            column
            for number, column in enumerate(self.columns)
            if column.title and any(row[number] is not None for row in self.rows)
        ]

    @property
    def cells(self) -> list[list[str]]:
        """The shown values in words."""
        places = [self.columns.index(column) for column in self.shown]
        return [[_words(row[at], self.columns[at].kind) for at in places] for row in self.rows]


def markdown(titles: Sequence[str], cells: Sequence[Sequence[str]], *, sides: str) -> str:
    """Cells in Markdown, columns aligned so that a terminal shows them as well.

    Args:
        titles: Of the columns.
        cells: Rows of words.
        sides: `<` or `>` for each column, where its words stand.
    """
    rows = [[each.replace("|", "\\|") for each in row] for row in (titles, *cells)]
    widths = [max(3, *map(len, column)) for column in zip(*rows, strict=True)]
    rule = [
        "-" * width if side == "<" else "-" * (width - 1) + ":"
        for side, width in zip(sides, widths, strict=True)
    ]
    lines = [
        [f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True)]
        for row in (rows[0], rule, *rows[1:])
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _words(value: Any, kind: Kind) -> str:  # noqa: ANN401
    if value is None:
        return wording.NONE
    match kind:
        case "count":
            return f"{value:,}"
        case "share":
            return wording.accuracy(value)
        case "points":
            return wording.difference(value.value, value.interval)
        case "size":
            return wording.size(value)
        case "number":
            return wording.number(value.value, value.interval)
        case "p":
            return wording.p_value(value).removeprefix("p = ").removeprefix("p ")
        case "perplexity":
            return wording.perplexity(value)
        case "bits":
            return f"{value:.3f}"
        case "duration":
            return wording.duration(value)
    return str(value)
