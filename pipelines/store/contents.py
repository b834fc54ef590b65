"""What outputs consist of, and whether the store holds them whole."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pipelines.dvc.lock_entries import DamagedError, Member, Output, members, place_in
from pipelines.store.objects import Objects


class Contents:
    """What outputs consist of: read from a cache or a store, manifests once each.

    Args:
        objects: The store.
        cache: A DVC cache that may hold the manifests already.
    """

    def __init__(self, objects: Objects, cache: Path | None = None) -> None:
        self._objects = objects
        self._cache = cache
        self._members: dict[str, list[Member]] = {}

    def members(self, output: Output) -> list[Member]:
        """The files of a folder.

        Raises:
            DamagedError: The manifest is missing, corrupt or of another form.
            InputError: The server is not reached or refuses.
        """
        if output.identifier not in self._members:
            self._members[output.identifier] = members(output, self._manifest(output))
        return self._members[output.identifier]

    def ids(self, chosen: Iterable[Output]) -> set[str]:
        """The ids of all objects of some outputs, manifests included.

        Raises:
            DamagedError: A manifest is missing, corrupt or of another form.
            InputError: The server is not reached or refuses.
        """
        return {identifier for output in chosen for identifier in self._of(output)}

    def read(self, identifier: str, *, what: str = "a file") -> bytes:
        """The content of a small object, from the cache or the store.

        Args:
            identifier: Its id.
            what: What it is, for the error.

        Raises:
            DamagedError: It is missing or corrupt.
            InputError: The server is not reached or refuses.
        """
        if self._cache and (place := place_in(self._cache, identifier)).exists():
            return place.read_bytes()
        if (content := self._objects.read(identifier)) is None:
            raise DamagedError(
                f"{self._objects.bucket.address}: no object {identifier}, {what}: push it where it"
                " was made (python -m pipelines.store push), or make it here"
            )
        return content

    def _of(self, output: Output) -> Iterator[str]:
        yield output.identifier
        if output.is_folder:
            yield from (member.identifier for member in self.members(output))

    def _manifest(self, output: Output) -> bytes:
        return self.read(output.identifier, what=f"the manifest of {output.path}")


def incomplete(
    outputs: Iterable[Output], *, objects: Objects, contents: Contents
) -> dict[Output, str]:
    """Outputs that the store does not hold whole, with what is wrong.

    A truncated file is found by its size, one within a folder by the folder's. That contents are
    what their ids say is known only when they are read.

    Args:
        outputs: Files and folders that lock entries name.
        objects: The store.
        contents: Where the folders' manifests are read.

    Raises:
        InputError: The server is not reached or refuses.
    """
    problems: dict[Output, str] = {}
    ids: dict[Output, set[str]] = {}
    for output in outputs:
        try:
            ids[output] = contents.ids([output])
        except DamagedError as error:
            problems[output] = str(error)
    held = objects.held(set().union(*ids.values()))
    for output, wanted in ids.items():
        if absent := wanted - held.keys():
            problems[output] = f"{len(absent)} of its {len(wanted)} objects are missing"
        elif (found := _size(output, contents=contents, held=held)) != output.size:
            problems[output] = f"found {found} bytes, expected {output.size}"
    return problems


def _size(output: Output, *, contents: Contents, held: Mapping[str, int]) -> int:
    if not output.is_folder:
        return held[output.identifier]
    return sum(held[member.identifier] for member in contents.members(output))
