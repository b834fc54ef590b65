"""The field that a data folder is about: `field.json`, with where each part came from."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from components.formats.field import Field, read_field, write_field
from components.runtime.errors import InputError


def check_name(name: str) -> None:
    """Refuses an empty name of a field."""
    if not name.strip():
        raise InputError("no name of the field: expected --name, like neuroscience")


def check_field(data: Path, name: str) -> Field:
    """The field of a data folder, which is new or already about the field of this name.

    Raises:
        InputError: The name is empty, the folder holds another field or a made-up one, whose parts
            must not mix with this field's, or its `field.json` cannot be read.
    """
    check_name(name)
    file = data / "field.json"
    field = read_field(file) if file.exists() else Field(name, made_up=False)
    if field.made_up or field.name != name:
        kind, real = ("made-up field", "a real field ") if field.made_up else ("field", "")
        raise InputError(
            f"{data} holds the {kind} '{field.name}', expected {real}'{name}' or an empty folder:"
            " move it away or give another --data"
        )
    return field


def check_replaceable(data: Path, what: str, is_own: Callable[[Field], bool]) -> None:
    """Refuses to replace a data folder that holds what a person would miss.

    Args:
        data: The data folder; it may be missing or empty.
        what: What it may hold, for the message.
        is_own: Whether what it holds is that, by its field.

    Raises:
        InputError: It holds something else, or its `field.json` cannot be read.
    """
    file = data / "field.json"
    filled = data.is_dir() and any(data.iterdir())
    if filled and not (file.is_file() and is_own(read_field(file))):
        raise InputError(
            f"{data} holds other data, expected {what} or an empty folder: move it or choose"
            " another --data"
        )


def record(data: Path, name: str, place: str, provenance: dict[str, Any]) -> None:
    """Writes into `field.json` where the part at a place came from; what it says of others stays.

    Args:
        data: The data folder.
        name: The field's name.
        place: The part's folder, relative to the data folder.
        provenance: Source, revision and checksums.
    """
    field = check_field(data, name)
    sources = dict(sorted({**field.sources, place: provenance}.items()))
    write_field(data / "field.json", replace(field, sources=sources))


def checksums(folder: Path) -> dict[str, str]:
    """SHA-256 of each file in a folder, in hexadecimal digits, by name."""
    found = {}
    for file in sorted(folder.iterdir()):
        with file.open("rb") as content:
            found[file.name] = hashlib.file_digest(content, "sha256").hexdigest()
    return found
