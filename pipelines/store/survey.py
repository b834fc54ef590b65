"""What lies in the store, what of it is needed, and what may go."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from components.runtime.errors import InputError
from components.runtime.progress import Progress
from pipelines.dvc.lock_entries import Output, outputs, read_yaml
from pipelines.dvc.repo import cache_of, open_repo
from pipelines.store.bucket import Bucket, Listed
from pipelines.store.connection import named_faults
from pipelines.store.manifests import Manifests, in_parallel
from pipelines.store.objects import Objects, id_of
from pipelines.store.roots import Roots, read_roots
from pipelines.store.studies import listed_files

# In the order in which they may go: whatever names others goes before them.
KINDS = {
    "records": re.compile(r"runs/[0-9a-f]{2}/[0-9a-f]{64}/[0-9a-f]{64}"),
    "manifests": re.compile(r"files/md5/[0-9a-f]{2}/[0-9a-f]{30}\.dir"),
    "files": re.compile(r"files/md5/[0-9a-f]{2}/[0-9a-f]{30}"),
    "marks": re.compile(r"corrupt/[0-9a-f]{32}(\.dir)?"),
}


@dataclass(frozen=True)
class Survey:
    """A look at a store.

    Attributes:
        time: When it began, by the server's clock.
        studies: A hash of the listing of studies/: another one, other studies.
        present: All records, objects and marks, by key.
        idle: The keys of those that nothing needs, in the order in which they may go.
        roots: What is needed.
    """

    time: datetime
    studies: str
    present: dict[str, Listed]
    idle: list[str]
    roots: Roots


def survey(bucket: Bucket, *, root: Path, days: float, skip: bool) -> Survey:
    """Looks through a store; the studies come last, so that none names what was not yet seen.

    Args:
        bucket: The store.
        root: A checkout, whose git history needs objects too.
        days: What was written in the last so many days is needed, with all that it names.
        skip: Whether what only the history names, and cannot be read, needs nothing.

    Raises:
        InputError: Something that may name objects cannot be read; or the server refuses.
    """
    time = server_time(bucket)
    present = {each.key: each for each in _listed(bucket)}
    start = time - timedelta(days=days)
    old = {key: each for key, each in present.items() if each.modified < start}
    manifests = Manifests(Objects(bucket), _cache(root))
    records = _records(bucket, present)
    young = [each for key, made in records.items() if key not in old for each in made or ()]
    young += [_manifest(key) for key in present.keys() - old.keys() if kind_of(key) == "manifests"]
    studies = list(listed_files(bucket))
    roots = read_roots(bucket, studies, manifests=manifests, root=root, skip=skip)
    manifests.read(young)
    needed = roots.ids.union(*(manifests.ids(each) or {each.identifier} for each in young))
    idle = _idle(present, old=old, needed=needed, records=records)
    return Survey(time, fingerprint(studies), present, idle, roots)


def kind_of(key: str) -> str | None:
    """What lies at a key: a record, a manifest, a file, a mark, or nothing that may go."""
    return next((kind for kind, pattern in KINDS.items() if pattern.fullmatch(key)), None)


def fingerprint(studies: Iterable[Listed]) -> str:
    """A hash of a listing of the studies' files."""
    lines = (f"{each.key} {each.size} {each.modified.isoformat()}\n" for each in studies)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def server_time(bucket: Bucket) -> datetime:
    """The server's time: it set those of its objects, and this machine's clock may be off.

    Raises:
        InputError: The server is not reached, refuses, or tells no time.
    """
    with named_faults(bucket.address):
        answer = bucket.client.list_objects_v2(
            Bucket=bucket.address.bucket, Prefix=bucket.address.key("studies/"), MaxKeys=1
        )
    if not (stamp := answer["ResponseMetadata"]["HTTPHeaders"].get("date")):
        raise InputError(f"{bucket.address}: the server's answer has no date, expected one")
    return parsedate_to_datetime(stamp)


def _listed(bucket: Bucket) -> Iterator[Listed]:
    """What may go at all; keys of other forms are not ours."""
    with Progress("listed", total=None, unit="keys") as progress:
        for place in ("runs/", "files/md5/", "corrupt/"):
            for each in bucket.listed(place):
                progress.advance()
                if kind_of(each.key):
                    yield each


def _cache(root: Path) -> Path | None:
    """The DVC cache of a checkout."""
    if not (root / ".dvc").is_dir():
        return None
    with open_repo(root) as repo:
        return cache_of(repo)


def _records(bucket: Bucket, present: Iterable[str]) -> dict[str, list[Output] | None]:
    """What each record names; nothing where it cannot be read, for nobody can use it then."""
    keys = [key for key in present if kind_of(key) == "records"]

    def read(key: str) -> list[Output] | None:
        text = (bucket.read(key) or b"").decode(errors="replace")
        try:
            return outputs(read_yaml(text, where=key), where=key)
        except InputError:
            return None

    return dict(zip(keys, in_parallel("records", read, keys), strict=True))


def _manifest(key: str) -> Output:
    return Output(key, id_of(key), 0)


def _idle(
    present: Mapping[str, Listed],
    *,
    old: Mapping[str, Listed],
    needed: set[str],
    records: Mapping[str, list[Output] | None],
) -> list[str]:
    """The keys that may go: a record with the first object that it names, a mark after its own."""
    objects = {
        id_of(key): key for key in present if kind_of(key) in ("manifests", "files")
    }  # key by id
    going = {each for each, key in objects.items() if key in old and each not in needed}
    staying = objects.keys() - going

    def may_go(key: str) -> bool:
        kind = kind_of(key)
        if kind == "records":
            made = records[key]
            return made is None or any(each.identifier not in staying for each in made)
        if kind == "marks":
            marked = objects.get(key.removeprefix("corrupt/"))
            return not marked or present[marked].modified > present[key].modified
        return id_of(key) in going

    order = list(KINDS)
    return sorted(filter(may_go, old), key=lambda key: (order.index(kind_of(key) or ""), key))
