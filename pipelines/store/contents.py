"""The reader of manifests: the files of each output, and whether the store holds all of them."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

from components.runtime.progress import Progress
from pipelines.dvc.lock_entries import DamagedError, Member, Output, members, place_in
from pipelines.store.objects import Objects, is_content
from pipelines.store.transfer import in_parallel


class MissingObjectError(DamagedError):
    """An object that is neither in the store nor in the cache."""


class Contents:
    """The files of outputs; each manifest is read once.

    Args:
        objects: The store.
        cache: A DVC cache that may hold the manifests already.
    """

    def __init__(self, objects: Objects, cache: Path | None = None) -> None:
        self._objects, self._cache = objects, cache
        self._members: dict[str, list[Member]] = {}

    def members(self, output: Output) -> list[Member]:
        """The files of a folder; a file has none.

        Raises:
            MissingObjectError: The folder's manifest is missing.
            DamagedError: It is corrupt or of another form.
        """
        if not output.is_folder:
            return []
        if output.identifier not in self._members:
            manifest = self.read(output.identifier, what=f"the manifest of {output.path}")
            self._members[output.identifier] = members(output, manifest)
        return self._members[output.identifier]

    def ids(self, outputs: Iterable[Output]) -> set[str]:
        """The ids of all objects of some outputs, manifests included.

        Raises:
            MissingObjectError: A manifest is missing.
            DamagedError: A manifest is corrupt or of another form.
        """
        found = set()
        for output in outputs:
            found |= {output.identifier, *(each.identifier for each in self.members(output))}
        return found

    def fetch(self, outputs: Iterable[Output]) -> None:
        """Reads the manifests of many outputs at once; skips those that cannot be read."""
        folders = {each.identifier: each for each in outputs if each.is_folder}
        if not folders:
            return

        def read(folder: Output) -> None:
            with contextlib.suppress(DamagedError):
                self.members(folder)

        with Progress("read", total=len(folders), unit="manifests") as progress:
            in_parallel(read, folders.values(), self._objects.bucket, lambda _: progress.advance())

    def incomplete(self, outputs: Iterable[Output]) -> dict[Output, str]:
        """Outputs of which the store lacks something, with what is wrong.

        A truncated file is found by its size, one in a folder by the folder's total size. Corrupt
        content of the right size is found only when it is read.
        """
        problems: dict[Output, str] = {}
        ids: dict[Output, set[str]] = {}
        for output in outputs:
            try:
                ids[output] = self.ids([output])
            except DamagedError as error:
                problems[output] = str(error)
        held = self._objects.held(set().union(*ids.values()))
        for output, wanted in ids.items():
            parts = [each.identifier for each in self.members(output)]
            files = parts if output.is_folder else [output.identifier]
            if absent := wanted - held.keys():
                problems[output] = f"{len(absent)} of its {len(wanted)} objects are missing"
            elif (found := sum(held[each] for each in files)) != output.size:
                problems[output] = f"found {found} bytes, expected {output.size}"
        return problems

    def read(self, identifier: str, *, what: str = "a file") -> bytes:
        """The content of a small object, from the cache or the store.

        Args:
            identifier: Its id.
            what: What it is, for the error.

        Raises:
            MissingObjectError: It is missing.
            CorruptObjectError: It is corrupt.
        """
        if self._cache and (place := place_in(self._cache, identifier)).is_file():
            cached = place.read_bytes()
            if is_content(cached, identifier):
                return cached
        if (content := self._objects.read(identifier)) is None:
            raise MissingObjectError(
                f"{self._objects.bucket.address}: no object {identifier}, {what}: push it where it"
                " was made (python -m pipelines.store push), or make it here"
            )
        return content
