"""Transfers files to and from the store: many at once, large ones in parts."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BufferedWriter
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from s3transfer.exceptions import (
    RetriesExceededError,
    S3DownloadFailedError,
    S3ValidationError,
)
from s3transfer.manager import TransferConfig, TransferManager
from s3transfer.subscribers import BaseSubscriber

from components.runtime.errors import InputError
from components.runtime.progress import Progress
from pipelines.dvc.lock_entries import DamagedError, place_in
from pipelines.store.bucket import Bucket
from pipelines.store.connection import CONNECTIONS
from pipelines.store.faults import one_line
from pipelines.store.layout import object_key

MIB = 1 << 20
PART = 8 * MIB  # what one request downloads; an object up to this size comes in one plain GET
SMALL = 4 * MIB  # sent from memory in one request
UPLOAD = TransferConfig(multipart_threshold=16 * MIB, multipart_chunksize=8 * MIB)

Thing = TypeVar("Thing")
Result = TypeVar("Result")


class DownloadedFile:
    """A file that is downloaded: written in order beside its place, and hashed meanwhile.

    It is renamed to its place when its digest is right; without a place it is only hashed. It has
    no `seek`, so s3transfer downloads its parts in any order but writes them in sequence.

    Attributes:
        is_corrupt: Whether it was downloaded completely but has another digest.

    Args:
        key: Its key in the store.
        place: Its final path.
        digest: Digest of its content in hexadecimal.
        size: Its size in bytes.
        algorithm: Name of the digest in hashlib.
    """

    def __init__(
        self, key: str, place: Path | None, *, digest: str, size: int, algorithm: str = "md5"
    ) -> None:
        self.key, self.size = key, size
        self.is_corrupt = False
        self._expected, self._place = digest, place or Path(os.devnull)
        self._partial = place and place.with_name(f"{place.name}.{os.getpid()}.partial")
        self._digest = hashlib.new(algorithm, usedforsecurity=False)
        self._file: BufferedWriter | None = None
        self._num_bytes = 0

    def write(self, content: bytes) -> None:
        """Writes the next bytes; after the last ones the file is renamed to its place.

        Raises:
            DamagedError: There are more bytes than there should be.
            OSError: The disk is full.
        """
        self._num_bytes += len(content)
        if self._num_bytes > self.size:
            self.check_size()
        if not self._file:
            self._place.parent.mkdir(parents=True, exist_ok=True)
            self._file = (self._partial or self._place).open("wb")
        view = memoryview(content)
        for start in range(0, len(content), MIB):  # hashed while in the processor's cache
            self._file.write(view[start : start + MIB])
            self._digest.update(view[start : start + MIB])
        if self._num_bytes == self.size:
            self._file.close()
            self.is_corrupt = self._digest.hexdigest() != self._expected
            if self._partial and not self.is_corrupt:
                self._partial.chmod(0o444)  # DVC's mark of an object that needs no other look
                self._partial.replace(self._place)

    def check_size(self) -> None:
        """Refuses a file of another size than it should have.

        Raises:
            DamagedError: The object has changed since its size was asked for.
        """
        if self._num_bytes != self.size:
            raise DamagedError(
                f"{self.key}: found {self._num_bytes} bytes, expected {self.size}: the object has"
                " changed since"
            )

    def discard(self) -> None:
        """Removes a partial file."""
        if self._file:
            self._file.close()
        if self._partial:
            self._partial.unlink(missing_ok=True)


def download(files: Sequence[DownloadedFile], bucket: Bucket, progress: Progress) -> None:
    """Downloads files; corrupt ones are not renamed to their places.

    Raises:
        DamagedError: An object has changed meanwhile, or has another size.
        OSError: The disk is full.
    """

    def fetch(file: DownloadedFile) -> int:
        file.write(bucket.read(file.key) or b"")
        file.check_size()
        return file.size

    try:
        in_parallel(fetch, [each for each in files if each.size <= PART], bucket, progress.advance)
        _download_in_parts([each for each in files if each.size > PART], bucket, progress)
    finally:
        for each in files:
            each.discard()


def upload(ids: Iterable[str], cache: Path, bucket: Bucket, progress: Progress) -> None:
    """Uploads objects of a DVC cache; of those sent in one request the server checks the MD5.

    Raises:
        InputError: A small object has another MD5 than its id says.
        OSError: A file cannot be read.
    """
    sizes = {each: place_in(cache, each).stat().st_size for each in ids}

    def send(identifier: str) -> int:
        content = (file := place_in(cache, identifier)).read_bytes()
        if not is_content(content, identifier):
            raise InputError(f"{file}: corrupt: remove it, and make it again")
        bucket.write(object_key(identifier), content)
        return len(content)

    small = [each for each, size in sizes.items() if size < SMALL]
    in_parallel(send, small, bucket, progress.advance)
    with transfers(bucket, UPLOAD) as manager:
        begun = [
            manager.upload(
                str(place_in(cache, each)),
                *bucket.place(object_key(each)).values(),
                subscribers=[_Subscriber(sizes[each], progress)],
            )
            for each in sizes.keys() - set(small)
        ]
        for future in begun:
            try:
                future.result()
            except ClientError as error:  # it is complete, but the answer was lost
                if error.response["Error"]["Code"] != "NoSuchUpload":
                    raise


def is_content(content: bytes, identifier: str) -> bool:
    """Whether a content matches an object's id."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest() == identifier[:32]


def in_parallel(
    function: Callable[[Thing], Result],
    things: Iterable[Thing],
    bucket: Bucket,
    advance: Callable[[Result], object] = lambda _: None,
) -> list[Result]:
    """A function's results for some things, in their order; many are computed at once.

    The function waits for the bucket's server most of the time. `advance` is called with each
    result, in this thread.
    """
    found = []
    pool = ThreadPoolExecutor(CONNECTIONS)
    try:
        with bucket.interruptible():
            for each in pool.map(function, things):
                found.append(each)
                advance(each)
    finally:
        pool.shutdown(cancel_futures=True)
    return found


@contextmanager
def transfers(bucket: Bucket, config: TransferConfig) -> Iterator[TransferManager]:
    """An s3transfer manager; its transfers end with the block, completed or cancelled.

    Raises:
        DamagedError: An object that is downloaded has changed meanwhile.
    """
    with (
        bucket.named_faults(),
        TransferManager(bucket.client, config) as manager,
        bucket.interruptible(),
    ):
        try:
            yield manager
        except RetriesExceededError as error:
            raise error.last_exception from None
        except (S3DownloadFailedError, S3ValidationError) as error:
            raise DamagedError(f"{bucket.address}: {one_line(error)}: it has changed") from None


class _Subscriber(BaseSubscriber):  # type: ignore[misc]
    """Counts bytes, and gives s3transfer the object's size, which saves it a request."""

    def __init__(self, size: int, progress: Progress) -> None:
        self._size, self._progress = size, progress

    def on_queued(self, future: Any, **_: Any) -> None:  # noqa: ANN401
        future.meta.provide_transfer_size(self._size)

    def on_progress(self, bytes_transferred: int, **_: Any) -> None:  # noqa: ANN401
        self._progress.advance(bytes_transferred)


def _download_in_parts(files: Sequence[DownloadedFile], bucket: Bucket, progress: Progress) -> None:
    config = TransferConfig(
        multipart_threshold=1,
        multipart_chunksize=PART,
        io_chunksize=PART,  # a part comes whole from memory, so this copies nothing
        max_io_queue_size=2,
        num_download_attempts=1,  # the client itself asks again
        max_request_concurrency=CONNECTIONS,
        max_in_memory_download_chunks=CONNECTIONS,
    )
    with transfers(bucket, config) as manager:
        begun = [
            manager.download(
                *bucket.place(each.key).values(),
                each,
                subscribers=[_Subscriber(each.size, progress)],
            )
            for each in files
        ]
        for each, future in zip(files, begun, strict=True):
            future.result()
            each.check_size()
