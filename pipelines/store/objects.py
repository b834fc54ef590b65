"""Content-addressed objects, as in a DVC cache and a DVC remote, and the folders that they form.

An object's id is the MD5 of its content in hexadecimal; that of a folder's manifest ends in `.dir`.
"""

import time
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from components.runtime.errors import InputError
from components.runtime.progress import Progress
from pipelines.dvc.lock_entries import DamagedError, Member, Output, members, place_in
from pipelines.store.bucket import Bucket
from pipelines.store.faults import WITHOUT_CHECKSUMS
from pipelines.store.layout import MARKS, OBJECTS, mark_key, object_id, object_key
from pipelines.store.transfer import DownloadedFile, download, in_parallel, is_content, upload

FEW = 500  # ids up to which each is looked up; more are found by 256 listings
ATTEMPTS = 2  # downloads before an object counts as corrupt: the network may have corrupted one


class MissingObjectError(DamagedError):
    """An object that is neither in the store nor in the cache."""


class CorruptObjectError(DamagedError):
    """Objects of the store whose content does not match their id.

    Attributes:
        ids: Their ids.
    """

    def __init__(self, ids: Collection[str], bucket: Bucket, *, outcome: str) -> None:
        self.ids = sorted(ids)
        count = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
        super().__init__(f"{bucket.address}: corrupt object {self.ids[0]}{count}: {outcome}")


class Objects:
    """The objects of a store; each folder's manifest is read once.

    Args:
        bucket: The store.
        cache: A DVC cache that may hold manifests already.
    """

    def __init__(self, bucket: Bucket, cache: Path | None = None) -> None:
        self.bucket, self._cache = bucket, cache
        self._members: dict[str, list[Member]] = {}

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

    def read(self, identifier: str, *, what: str = "a file") -> bytes:
        """The content of a small object, from the cache or the store; `what` is for the error.

        Raises:
            MissingObjectError: It is missing.
            CorruptObjectError: It is corrupt.
        """
        if self._cache and (place := place_in(self._cache, identifier)).is_file():
            cached = place.read_bytes()
            if is_content(cached, identifier):
                return cached
        for _ in range(ATTEMPTS):
            if (content := self.bucket.read(object_key(identifier))) is None:
                raise MissingObjectError(
                    f"{self.bucket.address}: no object {identifier}, {what}: push it where it was"
                    " made (python -m pipelines.store push), or make it here"
                )
            if is_content(content, identifier):
                return content
        raise self._marked([identifier])

    def members(self, output: Output) -> list[Member]:
        """The files of a folder; a file has none.

        Raises:
            MissingObjectError: The folder's manifest is missing.
            DamagedError: It is corrupt or of another form.
        """
        if output.is_folder and output.identifier not in self._members:
            manifest = self.read(output.identifier, what=f"the manifest of {output.path}")
            self._members[output.identifier] = members(output, manifest)
        return self._members.get(output.identifier, [])

    def ids(self, outputs: Iterable[Output]) -> set[str]:
        """The ids of all objects of some outputs, manifests included.

        Raises:
            MissingObjectError: A manifest is missing.
            DamagedError: A manifest is corrupt or of another form.
        """
        found = set()
        for output in outputs:
            found |= {output.identifier, *(each.identifier for each in self.members(output))}
        return found

    def incomplete(self, outputs: Iterable[Output]) -> dict[Output, str]:
        """Outputs of which the store lacks something, with what is wrong.

        A truncated file is found by its size, one in a folder by the folder's total size. Corrupt
        content of the right size is found only when it is read.
        """
        problems: dict[Output, str] = {}
        ids: dict[Output, set[str]] = {}
        for output in outputs:
            try:
                ids[output] = self.ids([output])
            except DamagedError as error:
                problems[output] = str(error)
        held = self.held(set().union(*ids.values()))
        for output, wanted in ids.items():
            files = self.members(output) if output.is_folder else [output]
            if absent := wanted - held.keys():
                problems[output] = f"{len(absent)} of its {len(wanted)} objects are missing"
            elif (found := sum(held[each.identifier] for each in files)) != output.size:
                problems[output] = f"found {found} bytes, expected {output.size}"
        return problems

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
        lacking = {each: size for each, size in sizes.items() if not place_in(cache, each).exists()}
        self._download(lacking, cache)

    def verify(self, sizes: Mapping[str, int]) -> None:
        """Downloads and hashes objects, given as for `download`, without keeping them.

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

        Raises:
            InputError: An object of the cache is corrupt, or one did not arrive.
            OSError: A file cannot be read.
        """
        missing = {each: place_in(cache, each).stat().st_size for each in ids}
        for seconds in (0.0, 1.0):  # a mark may be of the same second as what was sent after it
            held = self.held(missing)
            missing = {each: size for each, size in missing.items() if held.get(each) != size}
            if not missing:
                return
            time.sleep(seconds)
            with Progress("push", total=sum(missing.values()), unit="bytes") as progress:
                for are_manifests in (False, True):
                    wanted = [each for each in missing if each.endswith(".dir") is are_manifests]
                    upload(wanted, cache, self.bucket, progress)
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
        return CorruptObjectError(ids, self.bucket, outcome=outcome)
