"""Lock entries: what DVC notes of a stage that ran, and the objects that they name."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from dvc.utils.serialize import dumps_yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from components.runtime.errors import InputError
from pipelines.store.objects import ID, DamagedError, Objects, place_in

Entry = dict[str, Any]  # cmd, deps, params, outs, as in dvc.lock


@dataclass(frozen=True)
class Output:
    """A file or a folder that a lock entry names.

    Attributes:
        path: Relative to the checkout.
        identifier: Id of its object, or of its folder's manifest.
        size: Bytes in all.
    """

    path: str
    identifier: str
    size: int

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.identifier.endswith(".dir")


@dataclass(frozen=True)
class Member:
    """A file of a folder.

    Attributes:
        path: Relative to the folder.
        identifier: Id of its object.
    """

    path: PurePosixPath
    identifier: str


def outputs(entry: Entry, *, where: str) -> list[Output]:
    """What a lock entry, or a `.dvc` file, says was made.

    Args:
        entry: The entry.
        where: Where it was found, for the error.

    Raises:
        InputError: An output has no path, no MD5 or no size.
    """
    found = []
    outs = entry.get("outs") or []
    for each in outs if isinstance(outs, list) else [outs]:
        said = each if isinstance(each, dict) else {}
        path, identifier, size = (said.get(key) for key in ("path", "md5", "size"))
        if not (path and isinstance(size, int) and ID.fullmatch(str(identifier))):
            raise InputError(f"{where}: outs: found {each}, expected path, md5 and size")
        found.append(Output(str(path), str(identifier), size))
    return found


def members(output: Output, manifest: bytes) -> list[Member]:
    """The files of a folder.

    Args:
        output: The folder.
        manifest: Its manifest: a JSON list of `md5` and `relpath`.

    Raises:
        DamagedError: The manifest is no such list, or names a place outside the folder.
    """
    try:
        found = [
            Member(PurePosixPath(each["relpath"]), str(each["md5"]))
            for each in json.loads(manifest)
        ]
    except (ValueError, TypeError, KeyError):
        found = [Member(PurePosixPath(".."), "")]
    for each in found:
        inside = each.path.parts and not each.path.is_absolute() and ".." not in each.path.parts
        if not inside or not ID.fullmatch(each.identifier) or each.identifier.endswith(".dir"):
            raise DamagedError(
                f"{output.path}: object {output.identifier}: found no list of files, expected the"
                " manifest of a folder"
            )
    return found


def read_entries(text: str, *, where: str) -> dict[str, Entry]:
    """The lock entries of a text in the form of dvc.lock, by stage.

    Raises:
        InputError: The text has another form.
    """
    stages = read_yaml(text, where=where).get("stages", {})
    if not isinstance(stages, dict) or not all(
        isinstance(each, dict) and isinstance(each.get("cmd"), str) for each in stages.values()
    ):
        raise InputError(f"{where}: found no lock entries, expected stages with cmd, deps and outs")
    return stages


def lock_text(entries: dict[str, Entry]) -> str:
    """Lock entries in the form of dvc.lock."""
    return yaml_text({"schema": "2.0", "stages": entries})


def read_yaml(text: str, *, where: str) -> dict[str, Any]:
    """A mapping in YAML 1.2.

    Raises:
        InputError: The text is no YAML or no mapping.
    """
    try:
        found = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:
        raise InputError(f"{where}: not YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(found, dict):
        raise InputError(f"{where}: found {type(found).__name__}, expected a mapping")
    return found


def yaml_text(value: dict[str, Any]) -> str:
    """A mapping as YAML, as DVC writes it."""
    text: str = dumps_yaml(value)
    return text


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
