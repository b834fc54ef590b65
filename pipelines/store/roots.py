"""What is needed of the store: by its studies, and by the history of this checkout."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import Output
from pipelines.store.bucket import Bucket, Listed
from pipelines.store.history import Version, versions
from pipelines.store.manifests import Manifests, in_parallel
from pipelines.store.studies import read_study


@dataclass(frozen=True)
class Roots:
    """What must stay.

    Attributes:
        ids: Ids of the objects.
        num_studies: Number of studies that were read.
        num_versions: Number of versions of dvc.lock and data.dvc that were read.
        num_skipped: Number of versions, and of folders that they name, that were left out.
    """

    ids: set[str]
    num_studies: int
    num_versions: int
    num_skipped: int


def read_roots(
    bucket: Bucket, listed: Iterable[Listed], *, manifests: Manifests, root: Path, skip: bool
) -> Roots:
    """What the studies of a store and the history of a checkout need.

    Args:
        bucket: The store.
        listed: What it holds below studies/.
        manifests: Where folders are looked up.
        root: The checkout.
        skip: Whether what only the history names, and cannot be read, needs nothing.

    Raises:
        InputError: Something that may name objects cannot be read, so nothing is known.
    """
    runs = _runs(bucket, listed)
    studies = in_parallel("studies", lambda run: read_study(bucket, run), runs)
    past = versions(root)
    said, num_unreadable = _said(past, skip=skip)
    made = {output: study.run for study in studies for output in study.outputs()}
    manifests.read([*made, *said])
    ids, lost = _ids(made, manifests)
    for output in lost:
        raise InputError(
            f"{bucket.address}: study {made[output]}: {output.path}: no object"
            f" {output.identifier}, the manifest of its files: push it where it was made"
        )
    past_ids, lost = _ids(said, manifests)
    if lost and not skip:
        raise InputError(
            f"{lost[0].path}: its manifest {lost[0].identifier}, which git's history names, is"
            " neither in the store nor in the cache here: push it where it was made, or"
            " --skip-unreadable-history if it was never pushed"
        )
    return Roots(ids | past_ids, len(studies), len(past), num_unreadable + len(lost))


def _said(past: Iterable[Version], *, skip: bool) -> tuple[list[Output], int]:
    """What versions of files name, each once, and how many versions were left out."""
    found: dict[Output, None] = {}
    num_unreadable = 0
    for version in past:
        try:
            found |= dict.fromkeys(version.outputs())
        except InputError as error:
            if not skip:
                raise InputError(f"{error} (--skip-unreadable-history leaves it out)") from None
            num_unreadable += 1
    return list(found), num_unreadable


def _ids(named: Iterable[Output], manifests: Manifests) -> tuple[set[str], list[Output]]:
    """The objects of outputs, and the outputs whose manifest is nowhere."""
    found = {output: manifests.ids(output) for output in named}
    ids = set().union(*(each for each in found.values() if each))
    return ids, [output for output, each in found.items() if each is None]


def _runs(bucket: Bucket, listed: Iterable[Listed]) -> list[str]:
    """The runs that have files."""
    found: dict[str, None] = {}
    for each in listed:
        if each.key.endswith("/") and not each.size:
            continue  # how some tools note an empty folder
        if each.key.count("/") < 2:
            raise InputError(f"{bucket.address}/{each.key}: expected studies/<run>/<file>")
        found[each.key.split("/", 2)[1]] = None
    return list(found)
