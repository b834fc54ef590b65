"""The participants' answers, as published, without what the file says of their persons."""

import csv
import io
from pathlib import Path
from typing import Any

from components.dataset.checksums import checksums
from components.dataset.repository import opened_tree
from components.dataset.source import Source
from components.dataset.tree import Tree, check_readable
from components.formats.participants import TrialRow, read_trials
from components.runtime.atomic import written_folder
from components.runtime.errors import InputError

PUBLISHED = "participant_data.csv"
COLUMNS = ("", *TrialRow._fields)  # the first numbers the rows


def get_participants(source: Source, folder: Path, *, all_columns: bool) -> dict[str, Any]:
    """Writes `participant_data.csv` and returns where it came from.

    Args:
        source: Repository or folder that holds a file of this name.
        folder: Folder of the participants, replaced as a whole.
        all_columns: Whether to keep the columns that no stage reads: age, country, position,
            experience and sex in the published file.

    Raises:
        InputError: The source is unavailable or lacks the file, or the file is not in the
            published form.
    """
    with opened_tree(source) as tree:
        return write_participants(tree, folder, all_columns=all_columns) | {"source": str(source)}


def write_participants(tree: Tree, folder: Path, *, all_columns: bool) -> dict[str, Any]:
    """Writes the file of an opened source; arguments and errors as of `get_participants`."""
    with written_folder(folder) as partial:
        where = f"{PUBLISHED} in {tree.where}"
        content = tree.content(PUBLISHED)
        file = partial / PUBLISHED
        file.write_bytes(content if all_columns else without_other_columns(content, where=where))
        check_readable(file, read_trials, where=where)
        return {
            "source": tree.where,
            "revision": tree.revision,
            "sha256": checksums(partial),
        }


def without_other_columns(content: bytes, *, where: str) -> bytes:
    """A participants' file with the columns of a trial only; unchanged where it has no other.

    Args:
        content: CSV in UTF-8, its first line the header.
        where: The file, for errors.

    Raises:
        InputError: It is not UTF-8 or not CSV, or a row has more or fewer cells than the header.
    """
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"not CSV in UTF-8 ({error}): {where}") from None
    header = rows[0] if rows else []
    kept = [number for number, name in enumerate(header) if name in COLUMNS]
    if len(kept) == len(header):
        return content
    for number, row in enumerate(rows):
        if len(row) != len(header):
            found = f"{len(row)} cells, expected the header's {len(header)}"
            raise InputError(f"{found}: {where}, row {number}")
    out = io.StringIO(newline="")
    lines = ([row[number] for number in kept] for row in rows)
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue().encode("utf-8")
