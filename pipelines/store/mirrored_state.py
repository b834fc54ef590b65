"""A stage's state in the store: numbered objects, and the pointer that names them.

Files are written over once no pointer can name them any more; the pointer is written last:

    {"pod": "01234...", "files": {"run/step-1/model": {"number": 0, "size": 9, "sha256": "..."}}}

Nothing is deleted, for pods may not: a pod writes over its own objects, and never over another's.
"""

import hashlib
import secrets
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Annotated

from pydantic import Field, TypeAdapter
from s3transfer.manager import TransferConfig

from components.runtime.progress import Progress
from pipelines.dvc.lock_entries import DamagedError
from pipelines.store.bucket import Bucket
from pipelines.store.layout import pointer_key, state_key
from pipelines.store.transfer import MIB, DownloadedFile, download, transfers

# Few connections and little memory: the stage that runs beside it needs the rest.
TRANSFER = TransferConfig(
    multipart_threshold=16 * MIB,
    multipart_chunksize=16 * MIB,
    max_request_concurrency=4,
    max_in_memory_upload_chunks=4,
)


@dataclass(frozen=True)
class FrozenFile:
    """A file of a state that no longer changes."""

    place: Path
    version: tuple[int, ...]  # another value for every other content of the file


@dataclass(frozen=True)
class StoredFile:
    """A file in the store: the number of its object, its size in bytes, its content's SHA-256."""

    number: int
    size: int
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


Snapshot = dict[str, StoredFile]  # by path below `.state/`


@dataclass(frozen=True)
class Pointer:
    """The newest state: the pod that wrote its objects, and its files."""

    pod: Annotated[str, Field(pattern="^[0-9a-f]{16}$")]
    files: Annotated[Snapshot, Field(min_length=1)]


POINTER = TypeAdapter(Pointer)


class MirroredState:
    """The newest state of a stage in the store, and what this pod has uploaded of it.

    Each key (of code, parameters and inputs) has a state of its own.
    """

    def __init__(self, *, stage: str, key: str) -> None:
        self._pointer_key, self._file_key = pointer_key(stage, key), partial(state_key, stage, key)
        self._pod = secrets.token_hex(8)
        self._sent: dict[tuple[str, tuple[int, ...]], StoredFile] = {}
        self._named: set[int] = set()  # the numbers that the pointer in the store may name

    def fetch(self, bucket: Bucket, folder: Path) -> bool:
        """Downloads the newest state, if there is one, into a folder in place of its content.

        Raises:
            DamagedError: It is incomplete or corrupt.
            OSError: The disk is full.
        """
        try:
            return self._download(bucket, folder)
        except DamagedError:  # by the network, or another pod is uploading
            return self._download(bucket, folder)

    def send(
        self, bucket: Bucket, files: Mapping[str, FrozenFile], *, given_up: threading.Event
    ) -> Snapshot:
        """Uploads files by their paths below `.state/`; no pointer names them yet.

        What this pod has uploaded is not uploaded again.

        Raises:
            InterruptedError: It was given up.
            OSError: A file cannot be read.
        """
        versions = {path: (path, file.version) for path, file in files.items()}
        self._sent = {each: self._sent[each] for each in versions.values() if each in self._sent}
        taken = self._named | {sent.number for sent in self._sent.values()}
        numbers = (number for number in count() if number not in taken)
        with transfers(bucket, TRANSFER) as manager:
            begun = []
            for path in (path for path, each in versions.items() if each not in self._sent):
                number = next(numbers)
                key = self._file_key(pod=self._pod, number=number)
                content = HashedReader(files[path].place, given_up)
                future = manager.upload(content, *bucket.place(key).values())
                begun.append((versions[path], number, content, future))
            for version, number, content, future in begun:
                future.result()
                self._sent[version] = StoredFile(number, content.size, content.digest.hexdigest())
        return {path: self._sent[version] for path, version in versions.items()}

    def point_to(self, bucket: Bucket, snapshot: Snapshot) -> None:
        """Makes uploaded files the newest state."""
        numbers = {each.number for each in snapshot.values()}
        self._named |= numbers  # also if the answer is lost
        pointer = POINTER.dump_json(Pointer(self._pod, snapshot))
        bucket.write(self._pointer_key, pointer)
        self._named = numbers

    def _download(self, bucket: Bucket, folder: Path) -> bool:
        shutil.rmtree(folder, ignore_errors=True)
        if (text := bucket.read(self._pointer_key)) is None:
            return False
        pointer = read_pointer(text)
        held = {each.key: each.size for each in bucket.listed(self._file_key(pod=pointer.pod))}
        files = [
            DownloadedFile(
                self._file_key(pod=pointer.pod, number=each.number),
                folder / path,
                digest=each.sha256,
                size=each.size,
                algorithm="sha256",
            )
            for path, each in pointer.files.items()
        ]
        if missing := sum(held.get(each.key) != each.size for each in files):
            raise DamagedError(f"{missing} of its {len(files)} files are missing")
        total = sum(each.size for each in files)
        with Progress("state", total=total, unit="bytes") as progress:
            download(files, bucket, progress)
        if corrupt := sum(each.is_corrupt for each in files):
            raise DamagedError(f"{corrupt} of its {len(files)} files are corrupt")
        for path in pointer.files:
            (folder / path).chmod(0o644)  # a journal is written on
        return True


class HashedReader:
    """A file that is hashed while it is read, once and in order: it cannot be sought."""

    def __init__(self, place: Path, given_up: threading.Event) -> None:
        self._place, self._given_up = place, given_up
        self.size = 0  # bytes read
        self.digest = hashlib.sha256(usedforsecurity=False)

    def read(self, amount: int = -1) -> bytes:
        """The next bytes; raises InterruptedError once it is given up."""
        if self._given_up.is_set():
            raise InterruptedError("given up")
        with self._place.open("rb") as file:
            file.seek(self.size)
            content = file.read(amount)
        self.digest.update(content)
        self.size += len(content)
        return content


def read_pointer(text: bytes) -> Pointer:
    """Reads a pointer.

    Raises:
        DamagedError: It is malformed, or names files outside of the state.
    """
    try:
        pointer = POINTER.validate_json(text)
    except ValueError:
        raise DamagedError("its pointer is damaged") from None
    for path in map(PurePosixPath, pointer.files):
        if not path.parts or path.is_absolute() or ".." in path.parts:
            raise DamagedError("its pointer is damaged")
    return pointer
