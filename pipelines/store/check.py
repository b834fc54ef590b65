"""Whether the store can be worked with, asked before any work."""

import secrets
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from components.runtime.errors import InputError
from pipelines.store.address import address_of
from pipelines.store.bucket import Bucket
from pipelines.store.connection import named_faults

LARGEST_SKEW = 300.0  # seconds; S3 refuses requests whose time is off by 15 minutes
PROBE = "check"


def check(*, store: str | None = None) -> None:
    """Checks that the store is reached, may be listed, written and read, and agrees on the time.

    Args:
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.

    Raises:
        InputError: Something is wrong; the line says what, and which variable to set.
    """
    bucket = Bucket(address_of(store, root=Path()))
    steps: dict[str, Callable[[Bucket], str]] = {
        "reached and listed": _list,
        "written and read": _write_and_read,
    }
    for name, step in steps.items():
        note = step(bucket)
        print(f"{name}: {note}", file=sys.stderr)  # noqa: T201
    print(f"{bucket.address}: ready")  # noqa: T201


def _list(bucket: Bucket) -> str:
    """Lists the store, and compares the server's time with ours."""
    with named_faults(bucket.address):
        answer = bucket.client.list_objects_v2(
            Bucket=bucket.address.bucket, Prefix=bucket.address.key(""), MaxKeys=1
        )
    stamp = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    if stamp:
        skew = (datetime.now(UTC) - parsedate_to_datetime(stamp)).total_seconds()
        if abs(skew) > LARGEST_SKEW:
            raise InputError(
                f"{bucket.address}: this machine's clock is {skew:+.0f} seconds off the server's,"
                f" expected less than {LARGEST_SKEW:.0f}: set it"
            )
    holds = "holds objects" if answer.get("KeyCount") else "is empty"
    return f"{bucket.address} at {bucket.client.meta.endpoint_url} {holds}"


def _write_and_read(bucket: Bucket) -> str:
    """Writes one object, always the same one, for nobody here may delete it again."""
    content = secrets.token_hex(16).encode()
    bucket.write(PROBE, content=content)
    if (found := bucket.read(PROBE)) != content:
        raise InputError(
            f"{bucket.address}/{PROBE}: found {len(found or b'')} other bytes than were written,"
            " expected the same: another check at the same time, or a server that loses writes"
        )
    return f"{bucket.address}/{PROBE}"
