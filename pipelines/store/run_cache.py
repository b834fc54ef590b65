"""DVC's run cache in the store: which outputs came of which command, inputs and parameters.

A record lies at `runs/ab/<key>/<value>`: the key is the hash of a lock entry without its outputs'
contents, the value that of all of it.
"""

import copy
import sys

from dvc.stage.cache import _get_cache_hash

from components.runtime.errors import InputError
from pipelines.store.bucket import Bucket
from pipelines.store.lock_entries import Entry, outputs, read_yaml, yaml_text


def key_of(entry: Entry) -> str:
    """The key of a lock entry: its command, inputs, parameters and the places of its outputs."""
    key: str = _get_cache_hash(copy.deepcopy(entry), key=True)
    return key


def value_of(entry: Entry) -> str:
    """The hash of all of a lock entry but sizes."""
    value: str = _get_cache_hash(copy.deepcopy(entry))
    return value


def records(bucket: Bucket, key: str) -> list[Entry]:
    """The lock entries that stages with a key have made, the oldest first.

    A record that cannot be read is left out, with a line that says so.

    Raises:
        InputError: The server is not reached or refuses.
    """
    found = []
    listed = sorted(bucket.listed("runs", key[:2], f"{key}/"), key=lambda each: each.modified)
    for each in listed:
        content = bucket.read(each.key) or b""
        try:
            found.append(_record(content, key=key, where=f"{bucket.address}/{each.key}"))
        except InputError as error:
            print(f"left out: {error}", file=sys.stderr)  # noqa: T201
    return found


def write_record(bucket: Bucket, entry: Entry) -> None:
    """Notes a stage's result; its objects are in the store already.

    Raises:
        InputError: The server is not reached or refuses.
    """
    key = key_of(entry)
    bucket.write("runs", key[:2], key, value_of(entry), content=yaml_text(entry).encode())


def _record(content: bytes, *, key: str, where: str) -> Entry:
    entry = read_yaml(content.decode(errors="replace"), where=where)
    outputs(entry, where=where)
    try:
        fits = key_of(entry) == key
    except (KeyError, TypeError, AttributeError):  # no form that can be hashed
        fits = False
    if not fits:
        raise InputError(f"{where}: found another stage's record, expected its key's")
    return entry
