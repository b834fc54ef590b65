"""CSV files, a row as a NamedTuple whose fields are the columns."""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from components.formats.json_file import expectation, read_text
from components.runtime.atomic import written_file
from components.runtime.errors import InputError

Row = TypeVar("Row", bound=tuple[Any, ...])


def whole_number(text: str) -> int | None:
    """The number that a text is, whether written 7, 7.0 or 7e0; None for any other text.

    pandas writes whole numbers as 7.0 where a cell of the column is empty.
    """
    if not NUMBER.fullmatch(text) or not float(text).is_integer():
        return None
    return int(float(text)) if float(text) < 2**53 else None


def _flag(value: object) -> bool:
    if whole_number(str(value)) not in (0, 1):
        raise ValueError("1 or 0")
    return whole_number(str(value)) == 1


NUMBER = re.compile(r"\s*\+?[0-9]+(\.[0-9]*)?([eE]\+?[0-9]{1,2})?\s*")
SHOWN = 40  # characters of a wrong value in an error
Flag = Annotated[bool, BeforeValidator(_flag)]
"""A truth value, 1 or 0 in the file (or 1.0 or 0.0)."""


def read_rows(
    file: Path,
    row: type[Row],
    *,
    may_be_empty: bool = False,
    verbatim: Collection[str] = (),
    keep: Callable[[dict[str, str]], bool] = lambda _: True,
) -> list[Row]:
    """The rows of a CSV file.

    Args:
        file: CSV file in UTF-8 with a header, whose columns may stand in any order. Columns that
            the row does not have are ignored; where a field may be None, its value may be empty
            and its column may be missing.
        row: What a row is.
        may_be_empty: Whether the file may have no row.
        verbatim: Columns of text that may be empty or white space.
        keep: Which rows to read; the others are skipped unread.

    Raises:
        InputError: The file is missing, not UTF-8 or not CSV, lacks a column or has one twice, has
            no row or one with more or fewer cells than the header, or a value is empty or of
            another type.
    """
    lines = _lines(file)
    _, header = next(lines, (0, []))
    hints = get_type_hints(row, include_extras=True)
    required = [name for name, hint in hints.items() if type(None) not in get_args(hint)]
    missing = [name for name in required if name not in header]
    if missing:
        found = f"found {', '.join(map(str.strip, header)) or 'nothing'}"
        raise InputError(f"no column {', '.join(missing)} in {file}: {found}")
    twice = [name for name in hints if header.count(name) > 1]
    if twice:
        raise InputError(f"two columns {twice[0]} in {file}: expected one")
    rows = [
        (number, cells)
        for number, line in lines
        if keep(cells := dict(zip(header, line, strict=True)))
    ]
    if not rows and not may_be_empty:
        raise InputError(f"no row in {file}: expected at least one below the header")
    values = [
        {name: cells[name] if name in verbatim else _filled(cells.get(name)) for name in hints}
        for _, cells in rows
    ]
    try:
        return TypeAdapter(list[row]).validate_python(values)  # type: ignore[valid-type]
    except ValidationError as error:
        numbers = [number for number, _ in rows]
        raise InputError(_problem(error, file, required, numbers)) from None


def read_header(file: Path) -> list[str]:
    """The names of a CSV file's columns; raises an `InputError` where it is not CSV."""
    return next(_lines(file), (0, list[str]()))[1]


def write_rows(
    file: Path,
    row: type[Row],
    rows: Iterable[Row],
    *,
    without: Collection[str] = (),
    numbered: bool = False,
    decimals: int | None = None,
) -> None:
    """Writes rows as CSV with a header, whole or not at all.

    Args:
        file: Where to write.
        row: What a row is.
        rows: The rows.
        without: Columns to leave out.
        numbered: Whether a first column without a name numbers the rows from 0.
        decimals: Of numbers that are not whole; None writes them in full precision.
    """
    columns = [name for name in get_type_hints(row) if name not in without]
    with written_file(file) as partial, partial.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        quoting = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(["", *columns] if numbered else columns)
        for number, each in enumerate(rows):
            cells = [_cell(getattr(each, name), decimals) for name in columns]
            # By itself, Python before 3.13 leaves a carriage return unquoted: it would end the row.
            has_return = any(isinstance(cell, str) and "\r" in cell for cell in cells)
            row_writer = quoting if has_return else writer
            row_writer.writerow([number, *cells] if numbered else cells)


def _lines(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The cells of a CSV file's lines with their numbers, the header's 0; blank lines are none."""
    reader = csv.reader(io.StringIO(read_text(file), newline=""), strict=True)
    try:
        size = None
        for number, line in enumerate(line for line in reader if line[1:] or "".join(line).strip()):
            if len(line) != (size := size or len(line)):
                found = f"{len(line)} cells, expected the header's {size}"
                raise InputError(f"{found}: {file}, row {number}")
            yield number, line
    except csv.Error as error:
        raise InputError(f"not CSV ({error}): {file}, line {reader.line_num}") from None


def _filled(value: str | None) -> str | None:
    """A value that is more than white space; else None."""
    return value if value and not value.isspace() else None


def _cell(value: Any, decimals: int | None) -> Any:  # noqa: ANN401
    if isinstance(value, float) and decimals is not None:
        return f"{value:z.{decimals}f}"
    return int(value) if isinstance(value, bool) else value


def _problem(
    error: ValidationError, file: Path, required: Collection[str], numbers: Sequence[int]
) -> str:
    """The first wrong value of a file, in one line."""
    first = error.errors(include_url=False)[0]
    index, column = first["loc"][:2]
    where = f"{file}, row {numbers[int(index)]}"
    if first["input"] is None and column in required:
        return f"empty {column}: {where}"
    found = str(first["input"])
    shown = found if len(found) <= SHOWN else f"{found[:SHOWN]}..."
    return f"{column} is '{shown}', {expectation(error)}: {where}"
