"""The participants' answers, as published."""

import csv
import io
from pathlib import Path
from typing import Any

from components.dataset.checksums import checksums
from components.dataset.repository import opened_tree
from components.dataset.source import Source
from components.runtime.atomic import written_folder
from components.runtime.errors import InputError

PUBLISHED = "participant_data.csv"
COLUMNS = ("pid", "expertise", "confidence", "correct", "journal_section", "abstract_id")


def get_participants(source: Source, folder: Path) -> dict[str, Any]:
    """Writes `participant_data.csv`, bytes unchanged, and returns where it came from.

    Args:
        source: Repository or folder that holds a file of this name.
        folder: Folder of the participants, replaced as a whole.

    Raises:
        InputError: The source cannot be had or lacks the file, or the file is no CSV with the
            columns of `COLUMNS` and a row below them.
    """
    with opened_tree(source) as tree, written_folder(folder) as partial:
        content = tree.content(PUBLISHED)
        _check_answers(content, where=f"{PUBLISHED} in {tree.where}")
        (partial / PUBLISHED).write_bytes(content)
        return {
            "source": str(source),
            "revision": tree.revision,
            "sha256": checksums(partial),
        }


def _check_answers(content: bytes, *, where: str) -> None:
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        rows = list(reader)
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8: byte {error.start + 1} of {where}") from None
    except csv.Error as error:
        raise InputError(f"not CSV ({error}): {where}") from None
    if missing:
        found = ", ".join(reader.fieldnames or ()) or "nothing"
        raise InputError(f"no column {', '.join(missing)} in {where}: found {found}")
    if not rows:
        raise InputError(f"no answer in {where}: expected one a row below the header")
