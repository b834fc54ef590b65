"""Content-addressed objects, as in a DVC cache and a DVC remote.

An object's id is the MD5 of its content in hexadecimal; that of a folder's manifest ends in `.dir`.
"""

import hashlib
import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from components.runtime.errors import InputError
from components.runtime.progress import Progress
from pipelines.dvc.lock_entries import DamagedError, place_in
from pipelines.store.bucket import Bucket
from pipelines.store.faults import WITHOUT_CHECKSUMS
from pipelines.store.layout import MARKS, OBJECTS, mark_key, object_id, object_key
from pipelines.store.transfer import DownloadedFile, UploadedFile, download, in_parallel, upload

FEW = 500  # ids up to which each is looked up; more are found by 256 listings
ATTEMPTS = 2  # downloads before an object counts as corrupt: the network may have corrupted one


class CorruptObjectError(DamagedError):
    """Objects of the store whose content does not match their id.

    Attributes:
        ids: Their ids.
    """

    def __init__(self, ids: Collection[str], bucket: Bucket, *, outcome: str) -> None:
        self.ids = tuple(ids)
        count = f" and {len(self.ids) - 1} more" if len(self.ids) > 1 else ""
        super().__init__(f"{bucket.address}: corrupt object {self.ids[0]}{count}: {outcome}")


class Objects:
    """The content-addressed objects of a store.

    Args:
        bucket: The store.
    """

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket

    def held(self, ids: Iterable[str]) -> dict[str, int]:
        """Those of some objects that the store holds, with their sizes in bytes.

        An object that was found corrupt counts as missing until it is written again.
        """
        wanted = set(ids)
        marked = {object_id(mark.key): mark.modified for mark in self.bucket.listed(MARKS)}
        if len(wanted) <= FEW:
            found = in_parallel(self.bucket.look_up, map(object_key, wanted), self.bucket)
        else:
            prefixes = [f"{OBJECTS}{number:02x}/" for number in range(256)]
            listings = in_parallel(lambda each: [*self.bucket.listed(each)], prefixes, self.bucket)
            found = [each for listing in listings for each in listing]
        present = {object_id(each.key): each for each in found if each}
        return {
            identifier: each.size
            for identifier, each in present.items()
            if identifier in wanted
            and not (identifier in marked and marked[identifier] >= each.modified)
        }

    def read(self, identifier: str) -> bytes | None:
        """A small object's content, or None where the store does not hold it.

        Raises:
            CorruptObjectError: The content does not match the id.
        """
        for _ in range(ATTEMPTS):
            content = self.bucket.read(object_key(identifier))
            if content is None or is_content(content, identifier):
                return content
        raise self._marked([identifier])

    def download(self, sizes: Mapping[str, int], cache: Path) -> None:
        """Downloads the objects that a DVC cache lacks.

        Args:
            sizes: Sizes in bytes, as `held` gives them, by id.
            cache: The cache. An object enters it by a rename, once its content is known to match
                its id.

        Raises:
            CorruptObjectError: An object's content does not match its id.
            OSError: The disk is full.
        """
        self._download(
            {each: size for each, size in sizes.items() if not place_in(cache, each).exists()},
            cache,
        )

    def verify(self, sizes: Mapping[str, int]) -> None:
        """Downloads and hashes objects without keeping them.

        Args:
            sizes: Sizes in bytes, as `held` gives them, by id.

        Raises:
            CorruptObjectError: An object's content does not match its id.
        """
        self._download(sizes, None)

    def _download(self, missing: Mapping[str, int], cache: Path | None) -> None:
        for _ in range(ATTEMPTS):
            if not missing:
                return
            files = [
                DownloadedFile(
                    object_key(each), cache and place_in(cache, each), digest=each[:32], size=size
                )
                for each, size in missing.items()
            ]
            with Progress("pull", total=sum(missing.values()), unit="bytes") as progress:
                download(files, self.bucket, progress)
            missing = {object_id(each.key): each.size for each in files if each.is_corrupt}
        if missing:
            raise self._marked(missing)

    def upload(self, ids: Iterable[str], cache: Path) -> None:
        """Uploads objects of a DVC cache: files first, then the manifests of folders.

        Objects that the store holds in the right size are not uploaded. In the end the size of
        every object in the store is checked.

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
            with Progress("push", total=sum(missing.values()), unit="bytes") as progress:
                for are_manifests in (False, True):
                    files = [
                        UploadedFile(object_key(each), place_in(cache, each), each[:32], size)
                        for each, size in missing.items()
                        if each.endswith(".dir") is are_manifests
                    ]
                    upload(files, self.bucket, progress)
        held = self.held(missing)
        for identifier, size in missing.items():
            if (found := held.get(identifier)) != size:
                longer = found is not None and found > size
                raise InputError(
                    f"{self.bucket.address}: object {identifier} did not arrive: found"
                    f" {'nothing' if found is None else f'{found} bytes'}, expected {size} bytes"
                    + (f": if the server keeps checksums in it, set {WITHOUT_CHECKSUMS}" * longer)
                )

    def _marked(self, ids: Collection[str]) -> CorruptObjectError:
        """Marks objects as corrupt, so that they count as missing; nothing is deleted."""
        outcome = (
            "marked: the stage that made it runs again when it is next asked for; data is pushed"
            " again from where it is (python -m pipelines.store push)"
        )
        try:
            for identifier in ids:
                self.bucket.write(mark_key(identifier), b"")
        except InputError as error:
            outcome = f"not marked, for {error}"
        return CorruptObjectError(sorted(ids), self.bucket, outcome=outcome)


def is_content(content: bytes, identifier: str) -> bool:
    """Whether a content matches an object's id."""
    return hashlib.md5(content, usedforsecurity=False).hexdigest() == identifier[:32]
