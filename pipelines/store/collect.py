"""Takes out of the store what no known run needs: a plan first, then exactly the plan."""

from pathlib import Path

from components.runtime.errors import InputError
from pipelines.store.address import address_of
from pipelines.store.bucket import Bucket, Listed
from pipelines.store.deletion import carry_out
from pipelines.store.history import has_history
from pipelines.store.plan import Plan, read_plan, totals, write_plan
from pipelines.store.survey import KINDS, Survey, survey


def collect(
    *,
    plan: Path,
    execute: bool = False,
    days: float = 30.0,
    skip_unreadable_history: bool = False,
    store: str | None = None,
) -> None:
    """Lists what no known run needs and writes it down as a plan; with --execute, deletes that.

    Needed is what the store's studies name, and dvc.lock and data.dvc in every commit of this
    checkout's git repository. What cannot be read may name anything, so nothing is done then.

    Args:
        plan: The plan: a JSON file, written without --execute, read with it.
        execute: Delete exactly what the plan names, within a day, unless something has changed.
        days: What was written in the last so many days stays; a plan keeps its own.
        skip_unreadable_history: Take it that what only git's history names, and is neither in the
            store nor in the cache here, was never pushed; a plan keeps its own.
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.

    Raises:
        InputError: Something that may name objects cannot be read, the plan does not hold any
            more, keys could not be deleted, or the server is not reached or refuses.
    """
    root = Path()
    if days < 0:
        raise InputError(f"days: found {days}, expected 0 or more")
    bucket = Bucket(address_of(store, root=root))
    if execute:
        carry_out(read_plan(plan, bucket=bucket), bucket=bucket, root=root)
        return
    found = survey(bucket, root=root, days=days, skip=skip_unreadable_history)
    keys = [found.present[key] for key in found.idle]
    endpoint = bucket.client.meta.endpoint_url
    made = Plan(
        str(bucket.address),
        endpoint,
        found.time,
        days,
        skip_unreadable_history,
        found.studies,
        keys,
    )
    write_plan(plan, made)
    print(_roots(found, root), _table(found, keys), sep="\n")  # noqa: T201
    print(f"Plan: {plan}; --execute deletes exactly this, within a day")  # noqa: T201


def _roots(found: Survey, root: Path) -> str:
    roots = found.roots
    files = f"{roots.num_versions} versions of dvc.lock and data.dvc"
    where = "in this git repository" if has_history(root) else "here, outside any git repository"
    skipped = f" ({roots.num_skipped} unreadable parts left out)" if roots.num_skipped else ""
    return f"Needed by {roots.num_studies} studies and {files} {where}{skipped}"


def _table(found: Survey, keys: list[Listed]) -> str:
    """What goes and what there is, in keys and bytes."""
    going, present = totals(keys), totals(found.present.values())
    lines = [f"{'':10} {'to go':>10} {'bytes':>18} {'of':>10} {'bytes':>18}"]
    for kind in KINDS:
        cells = (
            f"{total[kind]['keys']:10,} {total[kind]['bytes']:18,}" for total in (going, present)
        )
        lines.append(f"{kind:10} {' '.join(cells)}")
    return "\n".join(lines)
