"""The plan of a collection: a file that says exactly what will be deleted."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from components.runtime.atomic import write_json
from components.runtime.errors import InputError
from pipelines.store.bucket import Bucket, Listed
from pipelines.store.survey import KINDS, kind_of


@dataclass(frozen=True)
class Plan:
    """What a collection is to delete, and from what it was concluded.

    Attributes:
        store: URL of the store.
        endpoint: URL of its server.
        time: When it was made, by the server's clock.
        days: What was younger was left alone.
        skip_unreadable_history: Whether what only git's history names, and could not be read, was
            taken to need nothing.
        studies: The hash of the listing of studies/.
        keys: What is to go, in this order.
    """

    store: str
    endpoint: str
    time: datetime
    days: float
    skip_unreadable_history: bool
    studies: str
    keys: list[Listed]


def totals(keys: Iterable[Listed]) -> dict[str, dict[str, int]]:
    """Numbers of keys and of bytes, by kind."""
    found = {kind: {"keys": 0, "bytes": 0} for kind in KINDS}
    for each in keys:
        total = found[kind_of(each.key) or ""]
        total["keys"] += 1
        total["bytes"] += each.size
    return found


def write_plan(file: Path, plan: Plan) -> None:
    """Writes a plan as JSON, whole or not at all."""
    keys = [
        {"key": each.key, "size": each.size, "modified": each.modified.isoformat()}
        for each in plan.keys
    ]
    write_json(
        file,
        {**vars(plan), "time": plan.time.isoformat(), "totals": totals(plan.keys), "keys": keys},
    )


def read_plan(file: Path, *, bucket: Bucket) -> Plan:
    """A plan for a store.

    Args:
        file: The plan.
        bucket: The store that it must be for.

    Raises:
        InputError: It is no plan, is for another store, or names keys that may never go.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        del found["totals"]
        keys = [
            Listed(each["key"], each["size"], datetime.fromisoformat(each["modified"]))
            for each in found["keys"]
        ]
        time = datetime.fromisoformat(found["time"])
        plan = Plan(**{**found, "time": time, "keys": keys})
    except (ValueError, TypeError, KeyError):
        raise InputError(f"{file}: found no plan of a collection: make a new one") from None
    here = (str(bucket.address), bucket.client.meta.endpoint_url)
    if (plan.store, plan.endpoint) != here:
        raise InputError(
            f"{file}: a plan for {plan.store} at {plan.endpoint}, expected {' at '.join(here)}"
        )
    for each in plan.keys:
        if not kind_of(each.key):
            raise InputError(f"{file}: found {each.key}, expected records, objects and marks only")
    return plan
