"""The rows of a CSV file, their values checked where they are read."""

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from components.figures.record import read_text
from components.runtime.errors import InputError


@dataclass(frozen=True)
class Row:
    """A row of a CSV file.

    Attributes:
        values: Its values by column; None where the row is too short.
        where: File and row, counted from 1 below the header.
    """

    values: dict[str, str | None]
    where: str

    def text(self, column: str) -> str:
        """The value of a column, not empty."""
        value = (self.values[column] or "").strip()
        if not value:
            raise InputError(f"empty {column}: {self.where}")
        return value

    def outcome(self, column: str) -> bool:
        """Whether a column says 1; it may say nothing but 1 or 0."""
        value = self.text(column)
        if value not in ("0", "1"):
            raise InputError(f"{column} is '{value}', expected 1 or 0: {self.where}")
        return value == "1"

    def choice(self, column: str, choices: Sequence[str]) -> str:
        """The value of a column that may say only what is among the choices."""
        value = self.text(column)
        if value not in choices:
            expected = " or ".join(choices)
            raise InputError(f"{column} is '{value}', expected {expected}: {self.where}")
        return value

    def integer(self, column: str) -> int:
        """The whole number in a column, at least 0."""
        value = self.text(column)
        if not (value.isascii() and value.isdigit()):
            raise InputError(f"{column} is '{value}', expected a whole number: {self.where}")
        return int(value)

    def number(self, column: str) -> float:
        """The number in a column, finite."""
        value = self.text(column)
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise InputError(f"{column} is '{value}', expected a number: {self.where}")
        return number


def read_rows(file: Path, *, columns: Sequence[str], may_be_empty: bool = False) -> list[Row]:
    """The rows below a CSV file's header.

    Args:
        file: CSV file in UTF-8 with a header.
        columns: Columns that it has to have; more are allowed.
        may_be_empty: Whether it may have no row.

    Raises:
        InputError: The file is missing, not UTF-8 or not CSV, lacks a column, or has no row.
    """
    reader = csv.DictReader(io.StringIO(read_text(file), newline=""), strict=True)
    try:
        missing = [name for name in columns if name not in (reader.fieldnames or ())]
        rows = [Row(values, f"{file}, row {number}") for number, values in enumerate(reader, 1)]
    except csv.Error as error:
        raise InputError(f"not CSV ({error}): {file}, line {reader.line_num}") from None
    if missing:
        found = ", ".join(reader.fieldnames or ()) or "nothing"
        raise InputError(f"no column {', '.join(missing)} in {file}: found {found}")
    if not rows and not may_be_empty:
        raise InputError(f"no row in {file}: expected at least one below the header")
    return rows
