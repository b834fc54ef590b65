"""The headline metrics of a study: few enough that the pages compare runs on one screen."""

import json
import math
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from components.errors import InputError
from pipelines.store.lock_entries import Contents, Output

# Of all numbers of a variant those that are compared first: the share of human-made cases in which
# it chose the original, and how well it predicts the validation texts.
HEADLINES = {"human": "accuracy", "bits_per_byte": "bits_per_byte"}
MOST = 20


def headlines(made: Iterable[Output], *, names: list[str], contents: Contents) -> dict[str, float]:
    """The headline metrics among a stage's outputs, the same names in each run.

    Args:
        made: The outputs.
        names: Those that hold a JSON file for each variant.
        contents: Where files are read.

    Returns:
        At most 20 finite numbers by metric and variant, `accuracy.gpt2-neuro` say; the table of
        results has all.

    Raises:
        InputError: A file is missing or corrupt, or is no JSON.
    """
    files = {
        member.path: _read(contents, member.identifier, member.path)
        for output in made
        if output.path in names and output.is_folder
        for member in contents.members(output)
        if member.path.suffix == ".json"
    }
    found = {
        f"{headline}.{file.stem}": numbers[key]
        for key, headline in HEADLINES.items()
        for file, numbers in sorted(files.items())
        if isinstance(numbers.get(key), (int, float)) and math.isfinite(numbers[key])
    }
    return dict(list(found.items())[:MOST])


def _read(contents: Contents, identifier: str, file: PurePosixPath) -> dict[str, Any]:
    try:
        found = json.loads(contents.read(identifier))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InputError(f"{file}: found other text, expected JSON with numbers by name")
    return found
