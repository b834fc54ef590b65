"""The state of long work, in a folder under `.state/` whose name is its key."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from components.runtime.errors import InputError

COMPONENTS = Path(__file__).parents[1]


def state_key(arguments: dict[str, Any], *, files: Iterable[Path]) -> str:
    """Key of a run's state: equal for the same code, parameters and data.

    Args:
        arguments: The run's parameters.
        files: The data and the code; contents count, paths do not.

    Raises:
        InputError: A file is missing.
    """
    digest = hashlib.sha256(json.dumps(arguments, sort_keys=True).encode())
    for file in sorted(files, key=lambda file: file.name):
        if not file.is_file():
            raise InputError(f"not found: {file}")
        with file.open("rb") as content:
            digest.update(f"{file.name}:".encode())
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:32]


def code_files(folder: str, *modules: str) -> list[Path]:
    """The code that makes a state: a folder's modules and others, by their places in `components`.

    Hidden files, as editors leave them, are none of it.
    """
    return [*(COMPONENTS / folder).glob("[!.]*.py"), *(COMPONENTS / each for each in modules)]
