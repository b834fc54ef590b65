"""A stage's state in the store: numbered objects, and the pointer that names them.

state/<stage>/<key>/<pod>/<number>   a file; written over once no pointer can name it any more
state/<stage>/<key>.json             the newest whole state: its files, written last

Nothing is deleted, for pods may not: a pod writes over its own objects, and never over another's.
"""

import hashlib
import secrets
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from s3transfer.manager import TransferConfig, TransferManager

from components.runtime.progress import Progress
from pipelines.dvc.lock_entries import DamagedError
from pipelines.store.arrival import Arriving, fetch_all
from pipelines.store.bucket import Bucket
from pipelines.store.connection import named_faults
from pipelines.store.objects import LOOKS, MIB
from pipelines.store.state_pointer import Sent, Snapshot, read_pointer, write_pointer

# Few connections and little memory: the stage that runs beside it needs the rest.
TRANSFER = TransferConfig(
    multipart_threshold=16 * MIB,
    multipart_chunksize=16 * MIB,
    max_request_concurrency=4,
    max_in_memory_upload_chunks=4,
)


@dataclass(frozen=True)
class Kept:
    """A file of a state that nobody changes any more.

    Attributes:
        place: Where it is.
        version: What another content of the same file would not have.
    """

    place: Path
    version: tuple[int, ...]


class MirroredState:
    """The newest state of a stage in the store, and what this pod has of it there.

    Args:
        stage: Name of the stage.
        key: The key of its code, parameters and inputs; another key's state is another state.
    """

    def __init__(self, *, stage: str, key: str) -> None:
        self._place = ("state", stage, key)
        self._pointer = ("state", stage, f"{key}.json")
        self._pod = secrets.token_hex(8)
        self._sent: dict[tuple[str, tuple[int, ...]], Sent] = {}
        self._named: set[int] = set()  # the numbers that the pointer in the store may name

    def fetch(self, bucket: Bucket, folder: Path) -> bool:
        """Puts the newest state into a folder.

        Args:
            bucket: The store.
            folder: Where it is put; what is there is removed.

        Returns:
            Whether there is one.

        Raises:
            DamagedError: It is incomplete or corrupt.
            InputError: The server is not reached or refuses.
            OSError: The disk is full.
        """
        for look in range(1, LOOKS + 1):
            shutil.rmtree(folder, ignore_errors=True)
            if (pointer := bucket.read(*self._pointer)) is None:
                return False
            try:
                pod, snapshot = read_pointer(pointer)
                self._download(bucket, snapshot, pod=pod, folder=folder)
            except DamagedError:  # the network's fault, or a pod that is still at work
                if look == LOOKS:
                    raise
            else:
                return True
        raise AssertionError

    def send(
        self, bucket: Bucket, files: Mapping[str, Kept], *, given_up: threading.Event
    ) -> Snapshot:
        """Sends files; nothing names them yet.

        Args:
            bucket: The store.
            files: By path below `.state/`. What this pod sent before is not sent again.
            given_up: Ends it when it is set.

        Raises:
            InputError: The server is not reached or refuses.
            InterruptedError: It was given up.
            OSError: A file cannot be read.
        """
        versions = {path: (path, kept.version) for path, kept in files.items()}
        self._sent = {each: self._sent[each] for each in versions.values() if each in self._sent}
        taken = self._named | {sent.number for sent in self._sent.values()}
        numbers = (number for number in count() if number not in taken)
        with (
            named_faults(bucket.address),
            TransferManager(bucket.client, TRANSFER) as manager,
            bucket.hurried(),
        ):
            begun = []
            for path in (path for path, each in versions.items() if each not in self._sent):
                place = bucket.place(*self._place, self._pod, str(number := next(numbers)))
                content = Reading(files[path].place, given_up)
                future = manager.upload(content, place["Bucket"], place["Key"])
                begun.append((versions[path], number, content, future))
            for version, number, content, future in begun:
                future.result()
                self._sent[version] = Sent(number, content.size, content.digest.hexdigest())
        return {path: self._sent[version] for path, version in versions.items()}

    def point_to(self, bucket: Bucket, snapshot: Snapshot) -> None:
        """Makes files that were sent the newest state.

        Raises:
            InputError: The server is not reached or refuses.
        """
        numbers = {each.number for each in snapshot.values()}
        self._named |= numbers  # also if the answer is lost
        bucket.write(*self._pointer, content=write_pointer(self._pod, snapshot))
        self._named = numbers

    def _download(self, bucket: Bucket, snapshot: Snapshot, *, pod: str, folder: Path) -> None:
        keys = {each: (*self._place, pod, str(each.number)) for each in snapshot.values()}
        held = {each.key: each.size for each in bucket.listed(*self._place, f"{pod}/")}
        absent = [each for each, key in keys.items() if held.get("/".join(key)) != each.size]
        if absent:
            raise DamagedError(f"{len(absent)} of its {len(snapshot)} files are missing")
        arriving = [
            Arriving(
                keys[each],
                place=folder / path,
                expected=each.sha256,
                size=each.size,
                algorithm="sha256",
            )
            for path, each in snapshot.items()
        ]
        total = sum(each.size for each in snapshot.values())
        with Progress("state", total=total, unit="bytes") as progress:
            fetch_all(arriving, bucket, progress)
        if corrupt := sum(each.is_corrupt for each in arriving):
            raise DamagedError(f"{corrupt} of its {len(snapshot)} files are corrupt")
        for path in snapshot:
            (folder / path).chmod(0o644)  # a journal is written on


class Reading:
    """A file that is hashed while it is read, once and in order: it cannot be sought.

    Args:
        place: Where it is.
        given_up: Ends it when it is set.
    """

    def __init__(self, place: Path, given_up: threading.Event) -> None:
        self._place, self._given_up = place, given_up
        self.size = 0  # bytes read
        self.digest = hashlib.sha256(usedforsecurity=False)

    def read(self, amount: int = -1) -> bytes:
        """The next bytes.

        Raises:
            InterruptedError: It was given up.
        """
        if self._given_up.is_set():
            raise InterruptedError("given up")
        with self._place.open("rb") as file:
            file.seek(self.size)
            content = file.read(amount)
        self.digest.update(content)
        self.size += len(content)
        return content
