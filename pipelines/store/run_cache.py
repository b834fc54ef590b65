"""DVC's run cache in the store: a command's outputs by its inputs and parameters."""

import sys

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import (
    Entry,
    Output,
    outputs,
    read_mapping,
    run_cache_key,
    run_cache_value,
    yaml_text,
)
from pipelines.store.bucket import Bucket
from pipelines.store.layout import record_key


def records(bucket: Bucket, key: str) -> list[Entry]:
    """The lock entries of all results with a run-cache key, the oldest first.

    A record that cannot be read is left out, with a line on standard error.
    """
    found = []
    for each in sorted(bucket.listed(record_key(key)), key=lambda each: each.modified):
        content = bucket.read(each.key) or b""
        try:
            found.append(_record(content, key=key, where=f"{bucket.address}/{each.key}"))
        except InputError as error:
            print(f"left out: {error}", file=sys.stderr)
    return found


def write_record(bucket: Bucket, entry: Entry) -> None:
    """Writes the record of a stage's result, whose objects must be in the store."""
    key = record_key(run_cache_key(entry), run_cache_value(entry))
    bucket.write(key, yaml_text(entry).encode())


def recorded_outputs(bucket: Bucket, key: str) -> list[Output] | None:
    """The outputs that a record names; None for a damaged one, which nobody can use."""
    text = (bucket.read(key) or b"").decode(errors="replace")
    try:
        return outputs(read_mapping(text, where=key), where=key)
    except InputError:
        return None


def _record(content: bytes, *, key: str, where: str) -> Entry:
    entry = read_mapping(content.decode(errors="replace"), where=where)
    outputs(entry, where=where)
    try:
        fits = run_cache_key(entry) == key
    except (KeyError, TypeError, AttributeError):  # no form that can be hashed
        fits = False
    if not fits:
        raise InputError(f"{where}: found another stage's record, expected its key's")
    return entry
