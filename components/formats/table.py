"""CSV files, a row as a NamedTuple whose fields are the columns."""

import csv
import io
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args, get_type_hints

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from components.formats.json_file import expectation, read_text
from components.runtime.atomic import written_file
from components.runtime.errors import InputError

Row = TypeVar("Row", bound=tuple[Any, ...])


def _flag(value: object) -> bool:
    if value not in ("0", "1"):
        raise ValueError("1 or 0")
    return value == "1"


Flag = Annotated[bool, BeforeValidator(_flag)]
"""A truth value, 1 or 0 in the file."""


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
        InputError: The file is missing, not UTF-8 or not CSV, lacks a column, has no row, or a
            value is empty or of another type.
    """
    reader = csv.DictReader(io.StringIO(read_text(file), newline=""), strict=True)
    try:
        lines = [(number, line) for number, line in enumerate(reader, start=1) if keep(line)]
    except csv.Error as error:
        raise InputError(f"not CSV ({error}): {file}, line {reader.line_num}") from None
    hints = get_type_hints(row, include_extras=True)
    required = [name for name, hint in hints.items() if type(None) not in get_args(hint)]
    header = reader.fieldnames or ()
    missing = [name for name in required if name not in header]
    if missing:
        raise InputError(
            f"no column {', '.join(missing)} in {file}: found {', '.join(header) or 'nothing'}"
        )
    if not lines and not may_be_empty:
        raise InputError(f"no row in {file}: expected at least one below the header")
    values = [
        {name: line[name] if name in verbatim else _filled(line.get(name)) for name in hints}
        for _, line in lines
    ]
    try:
        return TypeAdapter(list[row]).validate_python(values)  # type: ignore[valid-type]
    except ValidationError as error:
        numbers = [number for number, _ in lines]
        raise InputError(_problem(error, file, required, numbers)) from None


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
        writer.writerow(["", *columns] if numbered else columns)
        for number, each in enumerate(rows):
            cells = [_cell(getattr(each, name), decimals) for name in columns]
            writer.writerow([number, *cells] if numbered else cells)


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
    return f"{column} is '{first['input']}', {expectation(error)}: {where}"
