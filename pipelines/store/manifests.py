"""Many folders' manifests, read at once."""

import hashlib
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from components.runtime.progress import Progress
from pipelines.dvc.lock_entries import Output, members, place_in
from pipelines.store.connection import CONNECTIONS
from pipelines.store.objects import Objects

Thing = TypeVar("Thing")
Result = TypeVar("Result")


class Manifests:
    """The objects that outputs consist of; manifests are read once each.

    Args:
        objects: The store.
        cache: A DVC cache that may hold manifests that the store lacks.
    """

    def __init__(self, objects: Objects, cache: Path | None) -> None:
        self._objects = objects
        self._cache = cache
        self._members: dict[str, set[str] | None] = {}

    def read(self, chosen: Iterable[Output]) -> None:
        """Reads the manifests of all folders among some outputs.

        Raises:
            CorruptObjectError: A manifest is not what its id says.
            InputError: A manifest has another form; or the server is not reached or refuses.
        """
        folders = {each.identifier: each for each in chosen if each.is_folder}
        new = [each for name, each in folders.items() if name not in self._members]
        for folder, found in zip(new, in_parallel("manifests", self._read, new), strict=True):
            self._members[folder.identifier] = found

    def ids(self, output: Output) -> set[str] | None:
        """The ids of an output that was read, or nothing where its manifest is nowhere."""
        if not output.is_folder:
            return {output.identifier}
        inside = self._members[output.identifier]
        return None if inside is None else {output.identifier, *inside}

    def _read(self, folder: Output) -> set[str] | None:
        content = self._objects.read(folder.identifier)
        if content is None and (content := self._cached(folder.identifier)) is None:
            return None
        return {each.identifier for each in members(folder, content)}

    def _cached(self, identifier: str) -> bytes | None:
        if not self._cache or not (place := place_in(self._cache, identifier)).is_file():
            return None
        content = place.read_bytes()
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return content if digest == identifier[:32] else None


def in_parallel(
    what: str, function: Callable[[Thing], Result], things: Collection[Thing]
) -> list[Result]:
    """What a function returns for each of some things, in their order.

    Args:
        what: What the things are, in the plural; shown with the progress.
        function: Waits for the server most of the time.
        things: What it is called with.
    """
    if not things:
        return []
    found = []
    with (
        ThreadPoolExecutor(CONNECTIONS) as pool,
        Progress("read", total=len(things), unit=what) as progress,
    ):
        for each in pool.map(function, things):
            found.append(each)
            progress.advance()
    return found
