"""`absent.txt`: why a part of a study is not there, in the folder that would hold it."""

from pathlib import Path

from components.formats.json_file import read_text
from components.runtime.atomic import written_file

FILE = "absent.txt"


def write_absence(folder: Path, reason: str) -> None:
    """Writes why a part is not there, a sentence for readers of the report; makes its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with written_file(folder / FILE) as file:
        file.write_text(reason + "\n", encoding="utf-8")


def absence(folder: Path) -> str:
    """Why the part in a folder is not there; empty where it is."""
    return read_text(folder / FILE).strip() if (folder / FILE).is_file() else ""
