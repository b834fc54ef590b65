"""Objects on their way into a cache: fetched in parts, hashed in order while others are fetched."""

import hashlib
import os
import threading
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from components.runtime.errors import InputError
from components.runtime.progress import Progress
from pipelines.store.bucket import Bucket
from pipelines.store.connection import CONNECTIONS

PART = 8 << 20  # bytes that one request asks for; of each connection one part is in memory


class Arriving:
    """An object whose parts arrive, in any order.

    It is written beside its place and enters it by a rename, once its content is known to be what
    its id says.

    Args:
        key: The parts of its key in the store.
        place: Where it belongs.
        expected: Digest of its content, in hexadecimal.
        size: Its size in bytes.
        algorithm: Which digest, as hashlib names it.
    """

    def __init__(
        self,
        key: tuple[str, ...],
        *,
        place: Path,
        expected: str,
        size: int,
        algorithm: str = "md5",
    ) -> None:
        self.key = key
        self.is_corrupt = False
        self._place = place
        self._partial = place.with_name(f"{place.name}.{os.getpid()}.partial")
        self._expected, self._size = expected, size
        self._digest = hashlib.new(algorithm, usedforsecurity=False)
        self._num_hashed = 0  # parts
        self._given_up = False
        self._turn = threading.Condition()

    @property
    def num_parts(self) -> int:
        """How many requests it takes."""
        return max(1, -(-self._size // PART))

    def fetch(self, bucket: Bucket, part: int) -> int:
        """Fetches a part and hashes it when those before it are; the last puts the object in place.

        Returns:
            Number of bytes.

        Raises:
            InputError: The server is not reached or refuses, or the object has another size.
            OSError: The disk is full.
        """
        begin, end = part * PART, min((part + 1) * PART, self._size)
        span = (begin, end) if self.num_parts > 1 else None
        content = bucket.read(*self.key, span=span)
        if content is None or len(content) != end - begin:
            found = "nothing" if content is None else f"{len(content)} bytes"
            raise InputError(
                f"{bucket.address}/{'/'.join(self.key)}: found {found}, expected {end - begin}"
                f" bytes from {begin}"
            )
        self._write(content, begin)
        if self._hash(content, part) and part == self.num_parts - 1:
            self._keep()
        return len(content)

    def give_up(self) -> None:
        """Ends the wait for parts that will not come."""
        with self._turn:
            self._given_up = True
            self._turn.notify_all()

    def discard(self) -> None:
        """Removes what did not come into its place."""
        self._partial.unlink(missing_ok=True)

    def _write(self, content: bytes, begin: int) -> None:
        self._place.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(self._partial, os.O_WRONLY | os.O_CREAT), "wb") as file:  # noqa: PTH123
            file.seek(begin)
            file.write(content)

    def _hash(self, content: bytes, part: int) -> bool:
        """Waits for its turn; returns whether it came."""
        with self._turn:
            self._turn.wait_for(lambda: self._num_hashed == part or self._given_up)
            if self._given_up:
                return False
        self._digest.update(content)  # others fetch meanwhile
        with self._turn:
            self._num_hashed += 1
            self._turn.notify_all()
        return True

    def _keep(self) -> None:
        self.is_corrupt = self._digest.hexdigest() != self._expected
        if not self.is_corrupt:
            self._partial.chmod(0o444)  # DVC's mark of an object that needs no other look
            self._partial.replace(self._place)


def fetch_all(arriving: Collection[Arriving], bucket: Bucket, progress: Progress) -> None:
    """Fetches objects, several parts at once; one that is corrupt does not come into its place.

    Raises:
        InputError: The server is not reached or refuses, or an object has another size.
        OSError: The disk is full.
    """
    for each in arriving:
        each.discard()  # what a killed process left under the same name
    parts = [(each, part) for each in arriving for part in range(each.num_parts)]
    pool = ThreadPoolExecutor(CONNECTIONS)  # takes parts in order: no part waits for one not begun
    try:
        with bucket.hurried():
            for num_bytes in pool.map(lambda one: one[0].fetch(bucket, one[1]), parts):
                progress.advance(num_bytes)
    finally:
        _end(pool, arriving)


def _end(pool: ThreadPoolExecutor, arriving: Iterable[Arriving]) -> None:
    """Ends threads and waits, and leaves no unfinished files."""
    pool.shutdown(wait=False, cancel_futures=True)
    for each in arriving:
        each.give_up()
    pool.shutdown()
    for each in arriving:
        each.discard()
