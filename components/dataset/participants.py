"""The participants' answers, as published."""

from pathlib import Path
from typing import Any

from components.dataset.checksums import checksums
from components.dataset.repository import opened_tree
from components.dataset.source import Source
from components.dataset.tree import check_readable
from components.formats.participants import read_trials
from components.runtime.atomic import written_folder

PUBLISHED = "participant_data.csv"


def get_participants(source: Source, folder: Path) -> dict[str, Any]:
    """Writes `participant_data.csv`, bytes unchanged, and returns where it came from.

    Args:
        source: Repository or folder that holds a file of this name.
        folder: Folder of the participants, replaced as a whole.

    Raises:
        InputError: The source is unavailable or lacks the file, or the file is not in the
            published form.
    """
    with opened_tree(source) as tree, written_folder(folder) as partial:
        file = partial / PUBLISHED
        file.write_bytes(tree.content(PUBLISHED))
        check_readable(file, read_trials, where=f"{PUBLISHED} in {tree.where}")
        return {
            "source": str(source),
            "revision": tree.revision,
            "sha256": checksums(partial),
        }
