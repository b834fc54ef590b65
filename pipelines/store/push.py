"""Uploads a checkout's data, outputs, their records, and the study that names them."""

import hashlib
import json
import sys
from collections.abc import Container
from pathlib import Path

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import place_in, read_entries
from pipelines.dvc.remote import address_of
from pipelines.dvc.repo import cache_of, disagreements, open_repo, outdated_inputs, stages_of
from pipelines.store.bucket import Bucket
from pipelines.store.objects import Objects
from pipelines.store.run_cache import write_record
from pipelines.store.studies import TEXTS, Study, check_run, finished_stages, write_study
from pipelines.store.transfer import is_content


def push(*, run: str | None = None, store: str | None = None) -> None:
    """Uploads this checkout's data and results to the store, as a study.

    Pods and clones then use these results instead of computing them again.

    Args:
        run: Id of the study; by default `local-` and a hash of its content.
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.

    Raises:
        InputError: Results are out of date or missing, or the id is another study's.
    """
    root = Path()
    with open_repo(root) as repo:
        study = _study(root, run, stages=stages_of(repo))
        if changed := (disagreements(repo, study.entries) or outdated_inputs(repo, study.entries)):
            stage, things = next(iter(changed.items()))
            raise InputError(
                f"dvc.lock: {stage}: {', '.join(things)} changed since it ran: run dvc repro first"
            )
        cache = cache_of(repo)
    bucket = Bucket(address_of(store, root=root))
    _check_id(study, bucket)
    num_objects = _upload(study, bucket, cache)
    for entry in study.entries.values():
        write_record(bucket, entry)
    write_study(bucket, study)
    print(
        f"{bucket.address}: study {study.run}: {len(study.entries)} stages, {num_objects} objects"
    )


def push_data(data: Path, *, bucket: Bucket, root: Path) -> None:
    """Uploads a checkout's data, from which a run on a cluster starts.

    Raises:
        InputError: The data is neither in the cache nor in the store.
    """
    study = Study("data", "", data.read_text(encoding="utf-8"))
    with open_repo(root) as repo:
        _upload(study, bucket, cache_of(repo))


def _study(root: Path, run: str | None, *, stages: Container[str]) -> Study:
    """The study that the checkout's files describe; without dvc.lock, the data alone.

    DVC keeps the entries of removed stages, such as those of a removed variant; the study does not.
    """
    params, data = ((root / name).read_text(encoding="utf-8") for name in TEXTS)
    lock_file = root / "dvc.lock"
    lock = lock_file.read_text(encoding="utf-8") if lock_file.is_file() else "schema: '2.0'"
    entries = read_entries(lock, where="dvc.lock")
    for gone in (name for name in entries if name not in stages):
        print(f"left out: {gone}, which dvc.yaml does not have any more", file=sys.stderr)
    kept = {name: entry for name, entry in entries.items() if name in stages}
    content = json.dumps((params, data, kept), sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()
    return Study(run or f"local-{digest[:12]}", params, data, kept)


def _check_id(study: Study, bucket: Bucket) -> None:
    """Refuses the id of a study with other stages, which this user has no right to delete."""
    check_run(study.run)
    if others := sorted(finished_stages(bucket, study.run) - study.entries.keys()):
        raise InputError(
            f"run: found study {study.run} in the store with {others[0]}, which is not in dvc.lock:"
            " choose another id (--run)"
        )


def _upload(study: Study, bucket: Bucket, cache: Path) -> int:
    """Uploads what the store lacks; counts the objects that the study consists of."""
    objects = Objects(bucket, cache)
    ids = objects.ids(study.outputs())
    places = {each: place_in(cache, each) for each in ids}
    here = {each: file.stat().st_size for each, file in places.items() if file.exists()}
    sizes = objects.held(ids - here.keys()) | here
    if absent := sorted(ids - sizes.keys()):
        raise InputError(
            f"{len(absent)} of {len(ids)} objects are neither in {cache} nor in the store,"
            f" {absent[0]} first: run dvc repro, or push where they were made"
        )
    for output in study.outputs():
        files = objects.members(output) if output.is_folder else [output]
        if (found := sum(sizes[each.identifier] for each in files)) != output.size:
            spoiled = [
                str(places[each])
                for each in (file.identifier for file in files)
                if each in here and not is_content(places[each].read_bytes(), each)
            ]
            raise InputError(
                f"{output.path}: found {found} bytes, expected {output.size}: corrupt in the cache:"
                f" remove {', '.join(spoiled) or 'it'}, and make it again"
            )
    objects.upload(here, cache)
    return len(ids)
