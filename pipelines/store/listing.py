"""The studies of the store, as a table."""

from pathlib import Path

from pipelines.store.address import address_of
from pipelines.store.bucket import Bucket
from pipelines.store.studies import list_studies


def studies(*, store: str | None = None) -> None:
    """Lists the studies in the store, the newest last.

    Args:
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.

    Raises:
        InputError: The server is not reached or refuses.
    """
    bucket = Bucket(address_of(store, root=Path()))
    listed = sorted(list_studies(bucket), key=lambda each: each.modified)
    if not listed:
        print(f"{bucket.address}: no studies")  # noqa: T201
        return
    width = max(len("run"), *(len(each.run) for each in listed))
    print(f"{'run':{width}}  stages  last change")  # noqa: T201
    for each in listed:
        time = each.modified.astimezone().strftime("%Y-%m-%d %H:%M %Z")
        print(f"{each.run:{width}}  {each.num_stages:6}  {time}")  # noqa: T201
