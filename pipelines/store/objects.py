"""Content-addressed objects, in the layout of a DVC cache and a DVC remote: `files/md5/ab/cdef...`.

An object's id is the MD5 of its content in hexadecimal; that of a folder's manifest ends in `.dir`.
"""

import hashlib
import time
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from s3transfer.manager import TransferConfig, TransferManager
from s3transfer.subscribers import BaseSubscriber

from components.runtime.errors import InputError
from components.runtime.progress import Progress
from pipelines.dvc.lock_entries import DamagedError, place_in
from pipelines.store.arrival import Arriving, fetch_all
from pipelines.store.bucket import Bucket, Listed
from pipelines.store.connection import CONNECTIONS, named_faults

FEW = 500  # so many ids are asked for one by one, more by 256 listings
MIB = 1 << 20
SMALL = 4 * MIB  # sent from memory in one request
LOOKS = 2  # before an object is called corrupt: once, it may have been the network
TRANSFER = TransferConfig(multipart_threshold=16 * MIB, multipart_chunksize=8 * MIB)


class CorruptObjectError(DamagedError):
    """Objects of the store whose content is not what their id says.

    Attributes:
        ids: Their ids.
    """

    def __init__(self, ids: Collection[str], bucket: Bucket, *, fate: str) -> None:
        self.ids = tuple(ids)
        count = f" and {len(self.ids) - 1} more" if len(self.ids) > 1 else ""
        super().__init__(f"{bucket.address}: corrupt object {self.ids[0]}{count}: {fate}")


class Objects:
    """The content-addressed objects of a store.

    Args:
        bucket: The store.
    """

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket

    def held(self, ids: Iterable[str]) -> dict[str, int]:
        """Which of some objects the store holds, and their sizes in bytes.

        An object that was found corrupt counts as missing until it is written again.

        Raises:
            InputError: The server is not reached or refuses.
        """
        wanted = set(ids)
        marked = {mark.key.rpartition("/")[2]: mark for mark in self.bucket.listed("corrupt/")}
        with ThreadPoolExecutor(CONNECTIONS) as pool, named_faults(self.bucket.address):
            if len(wanted) <= FEW:
                found = [each for each in pool.map(self._look_up, wanted) if each]
            else:
                listings = pool.map(self._listing, (f"{number:02x}" for number in range(256)))
                found = [each for listing in listings for each in listing]
        return {
            identifier: each.size
            for each in found
            if (identifier := id_of(each.key)) in wanted
            and not (identifier in marked and marked[identifier].modified >= each.modified)
        }

    def read(self, identifier: str) -> bytes | None:
        """A small object's content, or nothing where the store does not hold it.

        Raises:
            CorruptObjectError: The content is not what the id says.
            InputError: The server is not reached or refuses.
        """
        for _ in range(LOOKS):
            content = self.bucket.read(*key_of(identifier))
            if content is None or _md5(content) == identifier[:32]:
                return content
        raise self._marked([identifier])

    def download(self, sizes: Mapping[str, int], cache: Path) -> None:
        """Puts objects into a DVC cache; what it holds stays.

        Args:
            sizes: Sizes in bytes, as `held` gives them, by id.
            cache: The cache. An object enters it by a rename, once its content is known to be what
                its id says.

        Raises:
            CorruptObjectError: An object's content is not what its id says.
            InputError: The server is not reached or refuses.
            OSError: The disk is full.
        """
        missing = {
            identifier: size
            for identifier, size in sizes.items()
            if not place_in(cache, identifier).exists()
        }
        for _ in range(LOOKS):
            if not missing:
                return
            corrupt = self._fetch(missing, cache)
            missing = {identifier: missing[identifier] for identifier in corrupt}
        if missing:
            raise self._marked(missing)

    def upload(self, ids: Iterable[str], cache: Path) -> None:
        """Puts objects of a DVC cache into the store: files first, then the manifests of folders.

        What the store holds in the right size is not sent again. In the end the store is asked
        for every one.

        Args:
            ids: The objects' ids.
            cache: The cache that holds them all.

        Raises:
            InputError: The server is not reached, refuses, or an object did not arrive.
            OSError: A file cannot be read.
        """
        missing = {identifier: place_in(cache, identifier).stat().st_size for identifier in ids}
        for seconds in (0.0, 1.0):  # a mark may be of the same second as what was sent after it
            held = self.held(missing)
            missing = {each: size for each, size in missing.items() if held.get(each) != size}
            if not missing:
                return
            time.sleep(seconds)
            self._send(missing, cache)
        self._check_arrival(missing)

    def _fetch(self, sizes: Mapping[str, int], cache: Path) -> list[str]:
        """Fetches objects; returns the ids of those that are corrupt and did not arrive."""
        arriving = {
            identifier: Arriving(
                key_of(identifier),
                place=place_in(cache, identifier),
                expected=identifier[:32],
                size=size,
            )
            for identifier, size in sizes.items()
        }
        with Progress("pull", total=sum(sizes.values()), unit="bytes") as progress:
            fetch_all(arriving.values(), self.bucket, progress)
        return [identifier for identifier, each in arriving.items() if each.is_corrupt]

    def _send(self, sizes: Mapping[str, int], cache: Path) -> None:
        with (
            named_faults(self.bucket.address),
            Progress("push", total=sum(sizes.values()), unit="bytes") as progress,
        ):
            for manifests in (False, True):
                some = {each: sizes[each] for each in sizes if each.endswith(".dir") is manifests}
                self._send_small([each for each in some if some[each] < SMALL], cache, progress)
                self._send_large([each for each in some if some[each] >= SMALL], cache, progress)

    def _send_small(self, ids: Iterable[str], cache: Path, progress: Progress) -> None:
        """Sends objects in one request each; the server checks their MD5."""

        def send(identifier: str) -> int:
            content = place_in(cache, identifier).read_bytes()
            if _md5(content) != identifier[:32]:
                raise InputError(
                    f"{place_in(cache, identifier)}: corrupt: remove it, and make it again"
                )
            self.bucket.write(*key_of(identifier), content=content)
            return len(content)

        pool = ThreadPoolExecutor(CONNECTIONS)
        try:
            with self.bucket.hurried():
                for num_bytes in pool.map(send, ids):
                    progress.advance(num_bytes)
        finally:
            pool.shutdown(cancel_futures=True)

    def _send_large(self, ids: Iterable[str], cache: Path, progress: Progress) -> None:
        """Sends objects in parts; those that were begun end, well or cancelled, in any case."""
        with TransferManager(self.bucket.client, TRANSFER) as manager, self.bucket.hurried():
            sent = [
                manager.upload(
                    str(place_in(cache, identifier)),
                    **_names(self.bucket, identifier),
                    subscribers=[Count(progress)],
                )
                for identifier in ids
            ]
            for future in sent:
                try:
                    future.result()
                except ClientError as error:  # it has ended already, but the answer was lost
                    if error.response["Error"]["Code"] != "NoSuchUpload":
                        raise

    def _check_arrival(self, sizes: Mapping[str, int]) -> None:
        arrived = self.held(sizes)
        for identifier, size in sizes.items():
            if arrived.get(identifier) != size:
                found = f"{arrived[identifier]} bytes" if identifier in arrived else "nothing"
                raise InputError(
                    f"{self.bucket.address}: object {identifier} did not arrive: found {found},"
                    f" expected {size} bytes"
                )

    def _marked(self, ids: Collection[str]) -> CorruptObjectError:
        """Notes that objects are corrupt, so that nobody takes them for held (nor deletes any)."""
        try:
            for identifier in ids:
                self.bucket.write("corrupt", identifier, content=b"")
        except InputError as error:
            return CorruptObjectError(ids, self.bucket, fate=f"not marked, for {error}")
        fate = (
            "marked: the stage that made it runs again when it is next asked for; data is pushed"
            " again from where it is (python -m pipelines.store push)"
        )
        return CorruptObjectError(ids, self.bucket, fate=fate)

    def _look_up(self, identifier: str) -> Listed | None:
        try:
            answer = self.bucket.client.head_object(**_place(self.bucket, identifier))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
                return None
            raise
        key = "/".join(key_of(identifier))
        return Listed(key, answer["ContentLength"], answer["LastModified"])

    def _listing(self, start: str) -> list[Listed]:
        return list(self.bucket.listed("files", "md5", f"{start}/"))


def key_of(identifier: str) -> tuple[str, ...]:
    """The parts of an object's key below the store's prefix."""
    return ("files", "md5", identifier[:2], identifier[2:])


def id_of(key: str) -> str:
    """The id of the object that has a key below the store's prefix."""
    return "".join(key.split("/")[2:])


class Count(BaseSubscriber):  # type: ignore[misc]
    """Counts transferred bytes."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def on_progress(self, bytes_transferred: int, **_: Any) -> None:  # noqa: ANN401
        """Counts what was transferred since the last call."""
        self._progress.advance(bytes_transferred)


def _names(bucket: Bucket, identifier: str) -> dict[str, str]:
    place = _place(bucket, identifier)
    return {"bucket": place["Bucket"], "key": place["Key"]}


def _place(bucket: Bucket, identifier: str) -> dict[str, str]:
    return bucket.place(*key_of(identifier))


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
