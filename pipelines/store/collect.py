"""Garbage collection: plans what to delete from the store, then deletes exactly the plan."""

import hashlib
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import TypeAdapter, with_config

from components.runtime.atomic import write_json
from components.runtime.errors import InputError
from components.runtime.progress import Progress
from pipelines.dvc.lock_entries import DamagedError, Output
from pipelines.dvc.remote import address_of
from pipelines.dvc.repo import cache_of, open_repo
from pipelines.store.bucket import Bucket, Listed
from pipelines.store.git import has_history, versions
from pipelines.store.layout import KINDS, MARKS, OBJECTS, RECORDS, kind_of, object_id
from pipelines.store.objects import MissingObjectError, Objects
from pipelines.store.run_cache import recorded_outputs
from pipelines.store.studies import files_by_run, listed_files, read_study
from pipelines.store.transfer import in_parallel

LIFETIME = timedelta(days=1)  # of a plan
MAX_DAYS = 36_500  # a hundred years; a date has no room for many more
BATCH = 1000  # keys, the most that S3 deletes in one request
SECONDS_FOR_PODS = 60.0
HISTORY = "git's history"


@with_config(extra="forbid")
@dataclass(frozen=True)
class Plan:
    """What a collection deletes, and the state of the store for which this holds."""

    store: str  # URL
    endpoint: str  # URL of its server
    time: datetime  # when it was made, by the server's clock
    days: float  # minimum age of what is deleted
    skip_unreadable_history: bool
    studies: str  # hash of the listing of studies/
    keys: list[Listed]  # in the order of deletion


PLAN = TypeAdapter(Plan)


def collect(
    *,
    plan: Path,
    execute: bool = False,
    days: float = 30.0,
    skip_unreadable_history: bool = False,
    store: str | None = None,
) -> None:
    """Plans which objects to delete from the store; with --execute, deletes them.

    An object is kept if a study in the store refers to it, or dvc.lock or data.dvc in any commit
    of this git repository. If any of these cannot be read, nothing is planned or deleted.

    Args:
        plan: JSON file with the plan: written without --execute, carried out with it.
        execute: Delete exactly what the plan names. A plan is valid for a day, and only as long as
            no study is added.
        days: Minimum age in days of what is deleted. With --execute, the plan's own value is used.
        skip_unreadable_history: Ignore folders that only git's history refers to and that are
            neither in the store nor in the local cache, because they were never pushed. With
            --execute, the plan's own value is used.
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.

    Raises:
        InputError: Something that may name objects cannot be read, the plan does not hold any
            more, keys could not be deleted, or the server is not reached or refuses.
    """
    if not 0 <= days <= MAX_DAYS:
        raise InputError(f"days: found {days}, expected 0 to {MAX_DAYS:,}")
    bucket = Bucket(address_of(store, root=Path()))
    if execute:
        _carry_out(_read_plan(plan, bucket), bucket)
        return
    made, present, needed_by = _make_plan(bucket, days=days, skip=skip_unreadable_history)
    write_json(plan, PLAN.dump_python(made, mode="json"))
    print(f"Needed by {needed_by}")
    print(f"{'':10} {'to delete':>10} {'bytes':>18} {'of':>10} {'bytes':>18}")
    for kind in KINDS:
        cells = [kind.ljust(10)]
        for listed in (made.keys, present.values()):
            sizes = [each.size for each in listed if kind_of(each.key) == kind]
            cells += [f"{len(sizes):10,}", f"{sum(sizes):18,}"]
        print(*cells)
    print(f"Plan: {plan}; --execute deletes exactly this, within a day")


def _make_plan(bucket: Bucket, *, days: float, skip: bool) -> tuple[Plan, dict[str, Listed], str]:
    """A plan; all records, objects and marks by key; and a line on what refers to objects."""
    now = bucket.server_time()
    present: dict[str, Listed] = {}
    with Progress("listed", total=None, unit="keys") as progress:
        for each in (each for place in (RECORDS, OBJECTS, MARKS) for each in bucket.listed(place)):
            progress.advance()
            if kind_of(each.key):  # other programs may have written other keys
                present[each.key] = each
    young = {key for key, each in present.items() if each.modified >= now - timedelta(days=days)}
    keys = [key for key in present if kind_of(key) == "records"]
    read = in_parallel(lambda key: recorded_outputs(bucket, key), keys, bucket)
    records = dict(zip(keys, read, strict=True))
    named = [each for key in young & records.keys() for each in records[key] or ()]
    named += [Output(key, object_id(key), 0) for key in young if kind_of(key) == "manifests"]
    studies = list(listed_files(bucket))  # last, so that each object that they name is listed above
    needed, needed_by = _referenced_objects(bucket, studies, named, skip=skip)
    going = _unreferenced(present, young=young, needed=needed, records=records)
    place = (str(bucket.address), bucket.endpoint)
    return Plan(*place, now, days, skip, _fingerprint(studies), going), present, needed_by


def _referenced_objects(
    bucket: Bucket, listed: list[Listed], young: list[Output], *, skip: bool
) -> tuple[set[str], str]:
    """The ids of what studies, the git history and young objects name; a line on the former two."""
    if stray := [each.key for each in listed if each.key.count("/") < 2 and each.size]:
        raise InputError(f"{bucket.address}/{stray[0]}: expected studies/<run>/<file>")
    studies = in_parallel(lambda run: read_study(bucket, run), files_by_run(listed), bucket)
    named_by = dict.fromkeys(young, "")
    num_skipped = 0
    for version in (past := versions(Path())):
        try:
            named_by |= dict.fromkeys(version.outputs(), HISTORY)
        except InputError as error:
            if not skip:
                raise InputError(f"{error} (--skip-unreadable-history leaves it out)") from None
            num_skipped += 1
    named_by |= {output: f"study {each.run}" for each in studies for output in each.outputs()}
    objects = _with_manifests(bucket, named_by)
    ids: set[str] = set()
    for output, name in named_by.items():
        try:
            ids |= objects.ids([output])
        except MissingObjectError as error:
            if name and not (skip and name == HISTORY):
                mend = ", or --skip-unreadable-history if it was never pushed" * (name == HISTORY)
                raise InputError(f"{name}: {output.path}: {error}{mend}") from None
            num_skipped += name == HISTORY
            ids.add(output.identifier)
    where = "this git repository" if has_history(Path()) else "this folder, no git repository"
    skipped = f" ({num_skipped} unreadable parts left out)" if num_skipped else ""
    needed_by = f"{len(studies)} studies and {len(past)} versions of dvc.lock and data.dvc in"
    return ids, f"{needed_by} {where}{skipped}"


def _with_manifests(bucket: Bucket, outputs: Iterable[Output]) -> Objects:
    """The store's objects, with the manifests of some outputs as far as they can be read."""
    cache = None
    if Path(".dvc").is_dir():
        with open_repo(Path()) as repo:
            cache = cache_of(repo)
    objects = Objects(bucket, cache)

    def read(folder: Output) -> None:
        with suppress(DamagedError):
            objects.members(folder)

    if folders := {each.identifier: each for each in outputs if each.is_folder}:
        with Progress("read", total=len(folders), unit="manifests") as progress:
            in_parallel(read, folders.values(), bucket, lambda _: progress.advance())
    return objects


def _read_plan(file: Path, bucket: Bucket) -> Plan:
    """Reads a plan; refuses one for another store, or with keys that are never deleted."""
    try:
        plan = PLAN.validate_json(file.read_bytes())
    except ValueError:
        raise InputError(f"{file}: found no plan of a collection: make a new one") from None
    if (plan.store, plan.endpoint) != (here := (str(bucket.address), bucket.endpoint)):
        raise InputError(
            f"{file}: a plan for {plan.store} at {plan.endpoint}, expected {' at '.join(here)}"
        )
    if others := [each.key for each in plan.keys if not kind_of(each.key)]:
        raise InputError(f"{file}: found {others[0]}, expected records, objects and marks only")
    return plan


def _carry_out(plan: Plan, bucket: Bucket) -> None:
    """Deletes what a plan names, if none of it is needed now.

    The order of kinds ensures that nothing ever names a deleted object. A pod that finds a record
    writes its study within seconds: so there is a minute between records and objects, and a study
    written meanwhile ends the collection.
    """
    now, present, _ = _make_plan(bucket, days=plan.days, skip=plan.skip_unreadable_history)
    if abs(now.time - plan.time) > LIFETIME:
        raise InputError(f"the plan is of {plan.time}, more than a day off: make a new one")
    if now.studies != plan.studies:
        raise InputError("a study was written since the plan was made: make a new one")
    there = [each for each in plan.keys if each.key in present]  # else deleted already
    chosen = [each for each in there if present[each.key] == each]
    if needed := {each.key for each in chosen} - {each.key for each in now.keys}:
        raise InputError(f"{min(needed)} is needed since the plan was made: make a new one")
    if num_changed := len(there) - len(chosen):
        print(f"{num_changed} keys changed since, left alone", file=sys.stderr)
    with Progress("deleted", total=len(chosen), unit="keys") as progress:
        for kind in KINDS:
            keys = [each.key for each in chosen if kind_of(each.key) == kind]
            for start in range(0, len(keys), BATCH):
                if _fingerprint(listed_files(bucket)) != plan.studies:
                    raise InputError(
                        f"a study was written meanwhile: {progress.done:,} keys are deleted, the"
                        " rest is left: make a new plan"
                    )
                bucket.delete(keys[start : start + BATCH])
                progress.advance(len(keys[start : start + BATCH]))
            if keys and kind == "records":
                time.sleep(SECONDS_FOR_PODS)
    num_bytes = sum(each.size for each in chosen)
    print(f"{bucket.address}: {len(chosen):,} keys deleted, {num_bytes:,} bytes")


def _unreferenced(
    present: Mapping[str, Listed],
    *,
    young: set[str],
    needed: set[str],
    records: Mapping[str, list[Output] | None],
) -> list[Listed]:
    """What may be deleted: a record if any object that it names may be, a mark after its object."""
    objects = {object_id(key): key for key in present if kind_of(key) in ("manifests", "files")}
    staying = {each for each, key in objects.items() if key in young or each in needed}

    def is_unreferenced(key: str) -> bool:
        if key in records:
            made = records[key]
            return made is None or any(each.identifier not in staying for each in made)
        if kind_of(key) == "marks":
            marked = objects.get(object_id(key))
            return not marked or present[marked].modified > present[key].modified
        return object_id(key) not in staying

    going = sorted(filter(is_unreferenced, present.keys() - young))
    return [present[key] for kind in KINDS for key in going if kind_of(key) == kind]


def _fingerprint(studies: Iterable[Listed]) -> str:
    lines = (f"{each.key} {each.size} {each.modified.isoformat()}\n" for each in studies)
    return hashlib.sha256("".join(lines).encode()).hexdigest()
