"""Carries out the plan of a collection: deletes what it names and nothing else."""

import base64
import hashlib
import sys
import time
from datetime import timedelta
from pathlib import Path

from botocore.awsrequest import AWSRequest

from components.runtime.errors import InputError
from components.runtime.progress import Progress
from pipelines.store.bucket import Bucket, Listed
from pipelines.store.connection import named_faults
from pipelines.store.plan import Plan
from pipelines.store.studies import listed_files
from pipelines.store.survey import KINDS, Survey, fingerprint, kind_of, survey

LONGEST = timedelta(days=1)  # a plan's life
BATCH = 1000  # keys, the most that S3 deletes in one request
SECONDS_FOR_PODS = 60.0


def carry_out(plan: Plan, *, bucket: Bucket, root: Path) -> None:
    """Deletes what a plan names, if all of it may go still.

    Args:
        plan: The plan.
        bucket: The store that it is for.
        root: A checkout, whose git history needs objects too.

    Raises:
        InputError: The plan does not hold any more, what may name objects cannot be read, keys
            could not be deleted, or the server is not reached or refuses.
    """
    found = survey(bucket, root=root, days=plan.days, skip=plan.skip_unreadable_history)
    if abs(found.time - plan.time) > LONGEST:
        raise InputError(f"the plan is of {plan.time}, more than a day off: make a new one")
    if found.studies != plan.studies:
        raise InputError("a study was written since the plan was made: make a new one")
    chosen = _chosen(plan, found)
    _delete(chosen, bucket=bucket, studies=plan.studies)
    num_bytes = sum(each.size for each in chosen)
    print(f"{bucket.address}: {len(chosen):,} keys deleted, {num_bytes:,} bytes")  # noqa: T201


def _chosen(plan: Plan, found: Survey) -> list[Listed]:
    """What of a plan is still there as it was."""
    idle = set(found.idle)
    chosen, num_changed = [], 0
    for each in plan.keys:
        if (now := found.present.get(each.key)) is None:
            continue  # an interrupted collection got so far
        if now != each:
            num_changed += 1
        elif each.key not in idle:
            raise InputError(f"{each.key} is needed since the plan was made: make a new one")
        else:
            chosen.append(each)
    if num_changed:
        print(f"{num_changed} keys changed since, left alone", file=sys.stderr)  # noqa: T201
    return chosen


def _delete(chosen: list[Listed], *, bucket: Bucket, studies: str) -> None:
    """Deletes kind after kind, so that nothing ever names what is gone.

    A pod takes over a result by its record and notes it in its study within seconds. So once the
    records are gone, their objects are left for a minute; a study that came meanwhile ends it all.
    """
    bucket.client.meta.events.register("before-sign.s3.DeleteObjects", _add_md5)
    with Progress("deleted", total=len(chosen), unit="keys") as progress:
        for kind in KINDS:
            keys = [each.key for each in chosen if kind_of(each.key) == kind]
            for start in range(0, len(keys), BATCH):
                if fingerprint(listed_files(bucket)) != studies:
                    raise InputError(
                        f"a study was written meanwhile: {progress.done:,} keys are deleted, the"
                        " rest is left: make a new plan"
                    )
                _delete_batch(bucket, keys[start : start + BATCH])
                progress.advance(len(keys[start : start + BATCH]))
            if keys and kind == "records":
                time.sleep(SECONDS_FOR_PODS)


def _delete_batch(bucket: Bucket, keys: list[str]) -> None:
    """Deletes some keys of one kind.

    Raises:
        InputError: Some of them could not be deleted; the others are.
    """
    named = [{"Key": bucket.address.key(key)} for key in keys]
    with named_faults(bucket.address):
        answer = bucket.client.delete_objects(
            Bucket=bucket.address.bucket, Delete={"Objects": named, "Quiet": True}
        )
    errors = [each for each in answer.get("Errors", ()) if each.get("Code") != "NoSuchKey"]
    if errors:
        first = errors[0]
        raise InputError(
            f"{bucket.address}: {len(errors):,} of {len(keys):,} keys were not deleted, first"
            f" {first.get('Key')} ({first.get('Code')}): check the credentials and their policy"
            " (manifests/s3/collector-policy.json), then repeat"
        )


def _add_md5(request: AWSRequest, **_: object) -> None:
    """Servers older than S3's newer checksums want this one; boto3 does not send it any more."""
    digest = hashlib.md5(request.body, usedforsecurity=False).digest()
    request.headers["Content-MD5"] = base64.b64encode(digest).decode()
