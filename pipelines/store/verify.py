"""Whether what studies consist of is in the store, and is what its ids say."""

import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import DamagedError, Output
from pipelines.store.address import address_of
from pipelines.store.bucket import Bucket
from pipelines.store.contents import Contents
from pipelines.store.objects import CorruptObjectError, Objects
from pipelines.store.studies import list_studies, read_study

ROOM = 1 << 30  # bytes on the disk; a larger object alone takes more


def verify(*, run: str | None = None, store: str | None = None) -> None:
    """Reads all objects of a study in the store and marks those that are corrupt.

    What is marked counts as missing: `push` sends it again from where it is, and the stage that
    made it runs again in the next pod that asks for it.

    Args:
        run: The study's id; all studies by default.
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.

    Raises:
        InputError: Objects are missing or corrupt; or the server refuses.
    """
    bucket = Bucket(address_of(store, root=Path()))
    runs = [run] if run else [each.run for each in list_studies(bucket)]
    made = {output for each in runs for output in read_study(bucket, each).outputs()}
    objects = Objects(bucket)
    ids, bad = _ids(made, Contents(objects))
    held = objects.held(ids)
    bad |= (ids - held.keys()) | _corrupt(held, objects)
    if bad:
        raise InputError(
            f"{bucket.address}: {len(bad)} of {len(ids | bad)} objects are missing or corrupt,"
            f" {min(bad)} first: push them where they are (python -m pipelines.store push), or run"
            " the stages that make them again"
        )
    print(f"{bucket.address}: {len(ids)} objects, all whole")  # noqa: T201


def _ids(made: Iterable[Output], contents: Contents) -> tuple[set[str], set[str]]:
    """The ids of what outputs consist of, and of the manifests that cannot be read."""
    ids: set[str] = set()
    unread: set[str] = set()
    for output in made:
        try:
            ids |= contents.ids([output])
        except DamagedError as error:
            print(error, file=sys.stderr)  # noqa: T201
            unread.add(output.identifier)
    return ids, unread


def _corrupt(sizes: Mapping[str, int], objects: Objects) -> set[str]:
    """The ids of objects that are not what their id says; they are marked."""
    found: set[str] = set()
    for some in _groups(sizes):
        with tempfile.TemporaryDirectory() as cache:
            try:
                objects.download(some, Path(cache))
            except CorruptObjectError as error:
                print(error, file=sys.stderr)  # noqa: T201
                found |= set(error.ids)
    return found


def _groups(sizes: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Objects together that fit into the room on the disk."""
    group: dict[str, int] = {}
    total = 0
    for identifier, size in sizes.items():
        if group and total + size > ROOM:
            yield group
            group, total = {}, 0
        group[identifier] = size
        total += size
    if group:
        yield group
