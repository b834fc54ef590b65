"""The field that a data folder is about: `field.json`, with where each part came from."""

import json
from pathlib import Path
from typing import Any

from components.runtime.atomic import write_json
from components.runtime.errors import InputError


def check_field(data: Path, name: str) -> None:
    """Returns when a data folder is new or already about the field of this name.

    Raises:
        InputError: The folder holds another field or a made-up one, whose parts must not mix with
            this field's, or its `field.json` cannot be read.
    """
    _read(data, name)


def record(data: Path, name: str, place: str, provenance: dict[str, Any]) -> None:
    """Writes into `field.json` where the part at a place came from; what it says of others stays.

    Args:
        data: The data folder.
        name: The field's name.
        place: The part's folder, relative to the data folder.
        provenance: Source, revision and checksums.
    """
    field = _read(data, name)
    field["sources"] = dict(sorted({**field["sources"], place: provenance}.items()))
    write_json(data / "field.json", field)


def _read(data: Path, name: str) -> dict[str, Any]:
    file = data / "field.json"
    if not file.exists():
        return {"name": name, "made_up": False, "notice": "", "sources": {}}
    try:
        field = json.loads(file.read_text(encoding="utf-8"))
        found, made_up = field["name"], field["made_up"]
        field.setdefault("sources", {})
    except (ValueError, TypeError, KeyError, AttributeError):
        raise InputError(f"not a field's description: {file}, expected name and made_up") from None
    if made_up or found != name:
        kind = "made-up field" if made_up else "field"
        raise InputError(
            f"{data} holds the {kind} '{found}', expected '{name}' or an empty folder:"
            " move it away or give another --data"
        )
    return dict(field)
