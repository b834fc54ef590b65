"""Commands that check the store, list its studies and verify its objects."""

import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import DamagedError
from pipelines.dvc.remote import address_of
from pipelines.store.bucket import Bucket
from pipelines.store.faults import WITHOUT_CHECKSUMS
from pipelines.store.layout import CHECK, study_key
from pipelines.store.objects import CorruptObjectError, Objects
from pipelines.store.studies import list_studies, read_study

LARGEST_SKEW = 300.0  # seconds; S3 refuses requests whose time is off by 15 minutes


def check(*, store: str | None = None) -> None:
    """Checks that the store can be reached, listed, written and read, and agrees on the time.

    Args:
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.

    Raises:
        InputError: Something is wrong; the line says what, and which variable to set.
    """
    bucket = Bucket(address_of(store, root=Path()))
    skew = (datetime.now(UTC) - bucket.server_time()).total_seconds()
    if abs(skew) > LARGEST_SKEW:
        raise InputError(
            f"{bucket.address}: this machine's clock is {skew:+.0f} seconds off the server's,"
            f" expected less than {LARGEST_SKEW:.0f}: set it"
        )
    holds = "holds objects" if next(bucket.listed(""), None) else "is empty"
    print(f"reached and listed: {bucket.address} at {bucket.endpoint} {holds}", file=sys.stderr)
    content = secrets.token_hex(16).encode()
    bucket.write(CHECK, content)  # always the same key: users may not delete
    if (found := bucket.read(CHECK) or b"") != content:
        if content in found:
            raise InputError(
                f"{bucket.address}/{CHECK}: the server keeps boto3's checksums in its objects: set"
                f" {WITHOUT_CHECKSUMS}"
            )
        raise InputError(
            f"{bucket.address}/{CHECK}: found {len(found)} other bytes than were written,"
            " expected the same: another check at the same time, or a server that loses writes"
        )
    print(f"written and read: {bucket.address}/{CHECK}", file=sys.stderr)
    print(f"{bucket.address}: ready")


def studies(*, store: str | None = None) -> None:
    """Lists the studies in the store, the newest last.

    Args:
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.
    """
    bucket = Bucket(address_of(store, root=Path()))
    if not (found := list_studies(bucket)):
        print(f"{bucket.address}: no studies")
        return
    width = max(len("run"), *map(len, found))
    print(f"{'run':{width}}  stages  last change")
    for run, files in found.items():
        num_stages = sum(each.key.startswith(study_key(run, "stages/")) for each in files)
        time = max(each.modified for each in files).astimezone().strftime("%Y-%m-%d %H:%M %Z")
        print(f"{run:{width}}  {num_stages:6}  {time}")


def verify(*, run: str | None = None, store: str | None = None) -> None:
    """Downloads and hashes all objects of a study, and marks those that are corrupt.

    A marked object counts as missing: `push` uploads it again from a machine that has it, or the
    stage that made it runs again in the next run.

    Args:
        run: Id of the study; by default all studies are verified.
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.

    Raises:
        InputError: Objects are missing or corrupt.
    """
    bucket = Bucket(address_of(store, root=Path()))
    runs = [run] if run else list_studies(bucket)
    made = {output: each for each in runs for output in read_study(bucket, each).outputs()}
    objects, bad = Objects(bucket), set()
    origins: dict[str, str] = {}  # by object
    for output, name in made.items():
        origin = f"{output.path} of study {name}"
        try:
            origins |= dict.fromkeys(objects.ids([output]), origin)
        except DamagedError as error:
            print(error, file=sys.stderr)
            origins[output.identifier] = origin
            bad.add(output.identifier)
    held = objects.held(origins.keys() - bad)
    bad |= origins.keys() - held.keys()
    try:
        objects.verify(held)
    except CorruptObjectError as error:
        print(error, file=sys.stderr)
        bad |= set(error.ids)
    if bad:
        raise InputError(
            f"{bucket.address}: {len(bad)} of {len(origins)} objects are missing or corrupt,"
            f" {min(bad)} ({origins[min(bad)]}) first: push them where they are"
            " (python -m pipelines.store push), or run the stages that make them again"
        )
    print(f"{bucket.address}: {len(origins)} objects, all intact")
