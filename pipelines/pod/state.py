"""A mirror of `.state/` in the store: what a killed pod's successor needs to go on.

state/files/md5/ab/cdef...        the files, by their content
state/<stage>/<key>.json          the pointer to the newest whole state, written last
"""

import hashlib
import json
import os
import shutil
import sys
import threading
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from components.errors import InputError
from pipelines.store.address import Address
from pipelines.store.bucket import Bucket
from pipelines.store.objects import ID, DamagedError, Objects, place_in

Snapshot = dict[str, str]  # ids by path
Status = tuple[int, int]  # size and time of the last change
Look = dict[Path, Status]


class StateMirror:
    """Copies a workspace's `.state/` into the store now and then, and back.

    Args:
        bucket: The store.
        workspace: Where `.state/` is.
        stage: Name of the stage.
        key: The key of its code, parameters and inputs; another key's state is another state.
        seconds: Time between two copies.
    """

    def __init__(
        self, bucket: Bucket, *, workspace: Path, stage: str, key: str, seconds: float
    ) -> None:
        self._bucket = bucket
        self._objects = Objects(
            Bucket(Address(bucket.address.bucket, bucket.address.key("state")), bucket.client)
        )
        self._folder = workspace / ".state"
        self._copies = workspace / ".dvc" / "state"
        self._pointer = ("state", stage, f"{key}.json")
        self._seconds = seconds
        self._seen: Look = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def restore(self) -> None:
        """Puts the newest mirrored state into `.state/`; what is there already stays.

        A mirrored state that is damaged is left where it is, and said so in a line: the stage
        then starts anew.

        Raises:
            InputError: The server is not reached or refuses.
        """
        if self._folder.exists() or (pointer := self._bucket.read(*self._pointer)) is None:
            return
        try:
            snapshot = self._download(pointer)
        except DamagedError as error:
            _say(f"mirrored state not used: {error}")
            return
        partial = self._folder.with_name(".state.partial")
        for path, identifier in snapshot.items():
            target = partial / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(place_in(self._copies, identifier), target)
        shutil.rmtree(self._copies)
        partial.replace(self._folder)
        _say(f"going on from the state of {self._pointer[1]} in the store")

    def _download(self, pointer: bytes) -> Snapshot:
        snapshot = _read_pointer(pointer)
        held = self._objects.held(snapshot.values())
        if absent := set(snapshot.values()) - held.keys():
            raise DamagedError(f"{len(absent)} of its {len(snapshot)} files are missing")
        self._objects.download(held, self._copies)
        return snapshot

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        if error is not None:
            self._copy()

    def _run(self) -> None:
        while not self._over.wait(self._seconds):
            self._copy()

    def _copy(self) -> None:
        """Copies the state if it has changed; what cannot be copied now is tried again later."""
        try:
            if (look := self._look()) and look != self._seen and self._copy_whole(look):
                self._seen = look
        except (InputError, OSError) as error:
            _say(f"state not mirrored: {error}")

    def _copy_whole(self, look: Look) -> bool:
        """Copies the files that a look saw.

        What the stage replaces or removes during the upload is copied as it was.

        Returns:
            Whether the copy is whole: nothing changed while the files were linked, and no link was
            written to during the upload.
        """
        shutil.rmtree(self._copies, ignore_errors=True)
        snapshot: Snapshot = {}
        try:
            for file in look:
                identifier = self._link(file)
                snapshot[file.relative_to(self._folder).as_posix()] = identifier
        except FileNotFoundError:
            return False
        links = [place_in(self._copies, identifier) for identifier in snapshot.values()]
        linked = [_status(each) for each in links]
        if any(now != look[file] for file, now in self._look().items() if file in look):
            return False
        self._objects.upload(set(snapshot.values()), self._copies)
        if [_status(each) for each in links] != linked:
            return False
        self._bucket.write(*self._pointer, content=json.dumps(snapshot).encode())
        shutil.rmtree(self._copies)
        return True

    def _link(self, file: Path) -> str:
        """Keeps a file under its id, also when the stage removes it."""
        linked = self._copies / "linked"
        linked.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, linked)
        with linked.open("rb") as content:
            identifier = hashlib.file_digest(content, _md5).hexdigest()
        place = place_in(self._copies, identifier)
        place.parent.mkdir(parents=True, exist_ok=True)
        linked.replace(place)
        linked.unlink(missing_ok=True)  # a rename onto another link of the same file does nothing
        return identifier

    def _look(self) -> Look:
        """The finished files of the state."""
        found: Look = {}
        for file in sorted(self._folder.rglob("*")):
            if any(part.endswith(".partial") for part in file.relative_to(self._folder).parts):
                continue
            try:
                if file.is_file():
                    found[file] = _status(file)
            except FileNotFoundError:
                continue
        return found


def _status(file: Path) -> Status:
    status = file.stat()
    return status.st_size, status.st_mtime_ns


def _read_pointer(text: bytes) -> Snapshot:
    try:
        found: Snapshot = json.loads(text)
        whole = bool(found) and all(
            ID.fullmatch(identifier) and _is_inside(PurePosixPath(path))
            for path, identifier in found.items()
        )
    except (ValueError, AttributeError, TypeError):
        whole = False
    if not whole:
        raise DamagedError("its pointer is damaged")
    return found


def _is_inside(path: PurePosixPath) -> bool:
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _md5() -> "hashlib._Hash":
    return hashlib.md5(usedforsecurity=False)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
