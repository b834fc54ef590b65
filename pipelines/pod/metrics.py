"""A stage's metrics, as flat numbers that a pipeline's page can show."""

import json
import math
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from components.errors import InputError
from pipelines.store.lock_entries import Contents, Entry, outputs

# What stages write beside what they made; of these the numbers are shown.
RECORDS = ("metrics.json", "training.json", "tokens.json")


def read_metrics(entry: Entry, *, names: list[str], contents: Contents) -> dict[str, float]:
    """The numbers of a stage's metrics.

    Args:
        entry: The stage's lock entry.
        names: Its outputs that hold a JSON file a name; of other folders the record counts.
        contents: Where files are read.

    Returns:
        Numbers by name, nested names joined by dots, those of several files led by the file's;
        none that JSON does not know (NaN, infinity).

    Raises:
        InputError: A file is missing or corrupt, or is no JSON.
    """
    found: dict[str, float] = {}
    for output in outputs(entry, where="lock entry"):
        if not output.is_folder:
            continue
        for member in contents.members(output):
            file = member.path
            if output.path in names and file.suffix == ".json":
                start = f"{file.with_suffix('').as_posix()}."
            elif str(file) in RECORDS:
                start = ""
            else:
                continue
            found |= dict(_numbers(_read(contents, member.identifier, file), start))
    return found


def _read(contents: Contents, identifier: str, file: PurePosixPath) -> Any:  # noqa: ANN401
    try:
        return json.loads(contents.read(identifier))
    except ValueError:
        raise InputError(f"{file}: not JSON") from None


def _numbers(value: Any, start: str) -> Iterator[tuple[str, float]]:  # noqa: ANN401
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _numbers(inner, f"{start}{key}.")
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        yield start.removesuffix("."), value
