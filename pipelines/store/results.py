"""The table of a run's results, from the store."""

from pathlib import PurePosixPath

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import outputs
from pipelines.store.address import read_address
from pipelines.store.bucket import Bucket
from pipelines.store.contents import Contents
from pipelines.store.objects import Objects
from pipelines.store.studies import read_study

STAGE = "figures"
TABLE = PurePosixPath("table.md")  # in one of its folders


def result_table(store: str, run: str) -> str:
    """The table of results in Markdown, as the figures' stage of a run made it.

    Args:
        store: URL of the store, s3://bucket/prefix; endpoint and keys come from the environment.
        run: The run's id.

    Raises:
        InputError: The store is not reached or refuses, or has no such table.
    """
    bucket = Bucket(read_address(store))
    contents = Contents(Objects(bucket))
    entry = read_study(bucket, run).entries.get(STAGE, {})
    for output in outputs(entry, where=f"{run}, {STAGE}") if entry else ():
        for member in contents.members(output) if output.is_folder else ():
            if member.path == TABLE:
                return contents.read(member.identifier, what=str(TABLE)).decode()
    raise InputError(f"{bucket.address}: study {run} has no {TABLE}")
