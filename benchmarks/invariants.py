"""What must hold in a store at any moment, checked in the folder of its server."""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

from pipelines.dvc.lock_entries import (
    ID,
    Entry,
    Output,
    outputs,
    place_in,
    read_entries,
    read_mapping,
)
from pipelines.store.mirrored_state import read_pointer

HASH = re.compile("[0-9a-f]{64}")  # SHA-256, the name of a record


class Invariants:
    """Checks a store: objects match their names, references have targets, nothing disappears.

    Args:
        folder: Folder with the store's prefix.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._hashed: dict[Path, tuple[int, int]] = {}  # size and time when the MD5 was right
        self._seen: dict[Path, bytes] = {}  # what names objects

    def broken(self) -> list[str]:
        """What does not hold, one line each."""
        return [
            *self._gone(),
            *wrong_objects(self.folder, self._hashed),
            *self._wrong_states(),
            *self._dangling(),
        ]

    def records(self, stage: str) -> int:
        """Number of run-cache records of a stage."""
        words = f"-m components.{stage}"
        return sum(words in file.read_text(encoding="utf-8") for file in self._records())

    def _records(self) -> list[Path]:
        """The records, without the temporary files of rclone."""
        return [file for file in self.folder.glob("runs/??/*/*") if HASH.fullmatch(file.name)]

    def _gone(self) -> Iterator[str]:
        for file in self._hashed:
            if not file.is_file():
                yield f"{file}: gone"
        for file, content in self._seen.items():
            if not file.is_file() or file.read_bytes() != content:
                yield f"{file}: gone or changed"

    def _dangling(self) -> Iterator[str]:
        """References to missing objects."""
        for file, named in self._named():
            self._seen[file] = file.read_bytes()
            for output in named:
                if lacking := self._lacking(output):
                    yield f"{file}: {output.path}: {lacking}"
        for file in self.folder.glob("files/md5/??/*.dir"):
            identifier = f"{file.parent.name}{file.name}"
            if lacking := self._lacking(Output("a folder", identifier, 0)):
                yield f"{file}: {lacking}"

    def _wrong_states(self) -> Iterator[str]:
        """Pointers to states with missing or corrupt files."""
        for file in self.folder.glob("state/*/*.json"):
            pointer = read_pointer(file.read_bytes())
            for path, sent in pointer.files.items():
                place = file.with_suffix("") / pointer.pod / str(sent.number)
                if not place.is_file():
                    yield f"{file}: {path}: not there"
                elif hashlib.sha256(place.read_bytes()).hexdigest() != sent.sha256:
                    yield f"{file}: {path}: corrupt"

    def _named(self) -> Iterator[tuple[Path, list[Output]]]:
        for file in self._records():
            entry = read_mapping(file.read_text(encoding="utf-8"), where=str(file))
            yield file, outputs(entry, where=str(file))
        for file in self.folder.glob("studies/*/stages/*.yaml"):
            entries: dict[str, Entry] = read_entries(
                file.read_text(encoding="utf-8"), where=str(file)
            )
            for entry in entries.values():
                yield file, outputs(entry, where=str(file))

    def _lacking(self, output: Output) -> str | None:
        object_ = place_in(self.folder, output.identifier)
        if not object_.is_file():
            return f"no object {output.identifier}"
        if not output.is_folder:
            return None
        ids = [each["md5"] for each in json.loads(object_.read_bytes())]
        absent = [each for each in ids if not place_in(self.folder, each).is_file()]
        return f"{len(absent)} of {len(ids)} files absent" if absent else None


def wrong_objects(folder: Path, known: dict[Path, tuple[int, int]] | None = None) -> Iterator[str]:
    """Objects whose content does not match their name, one line each.

    Args:
        folder: A cache or a store.
        known: Size and time of objects that matched before; they are read again if these changed.
    """
    known = {} if known is None else known
    for file in folder.glob("files/md5/??/*"):
        identifier = f"{file.parent.name}{file.name}"
        if not ID.fullmatch(identifier):
            continue  # being written
        status = file.stat()
        look = (status.st_size, status.st_mtime_ns)
        if known.get(file) == look:
            continue
        if hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest() != identifier[:32]:
            yield f"{file}: corrupt"
        else:
            known[file] = look
