"""What is needed of the store: by its studies, and by the history of this checkout."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from components.errors import InputError
from pipelines.store.bucket import Bucket, Listed
from pipelines.store.history import Version, versions
from pipelines.store.lock_entries import Output, outputs
from pipelines.store.manifests import Manifests, in_parallel
from pipelines.store.studies import Study, read_study


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
    stages = _stages(bucket, listed)
    studies = in_parallel("studies", lambda run: _study(bucket, run, stages[run]), list(stages))
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


def _stages(bucket: Bucket, listed: Iterable[Listed]) -> dict[str, set[str]]:
    """The names of the files with stages, by run."""
    found: dict[str, set[str]] = {}
    for each in listed:
        if each.key.endswith("/") and not each.size:
            continue  # how some tools note an empty folder
        if each.key.count("/") < 2:
            raise InputError(f"{bucket.address}/{each.key}: expected studies/<run>/<file>")
        _, run, name = each.key.split("/", 2)
        found.setdefault(run, set())
        if name.startswith("stages/"):
            found[run].add(name.removeprefix("stages/"))
    return found


def _study(bucket: Bucket, run: str, stages: set[str]) -> Study:
    """A study that names outputs for each of its stages."""
    study = read_study(bucket, run)
    whole = {
        f"{quote(stage, safe='@')}.yaml"
        for stage, entry in study.entries.items()
        if outputs(entry, where=f"study {run}, {stage}")
    }
    if damaged := sorted(stages - whole):
        raise InputError(
            f"{bucket.address}/studies/{run}/stages/{damaged[0]}: found no outputs of this stage,"
            " expected its lock entry: run it again"
        )
    return study
