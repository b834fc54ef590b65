"""One push or pull of a DVC project's objects by one of several tools, in this process.

    python -m benchmarks.transfers --way boto3 --direction push --store s3://bucket/prefix ...

Prints its seconds, without imports and connecting.
"""

import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import boto3
from botocore.config import Config
from s3transfer.manager import TransferConfig, TransferManager

from components.runtime.command_line import run
from pipelines.store.bucket import Address, Bucket, read_address
from pipelines.store.connection import S3Client
from pipelines.store.layout import object_id
from pipelines.store.objects import Objects

Way = Literal["store", "boto3", "requests", "sync", "dvc"]
Direction = Literal["push", "pull"]
THREADS = 10  # as many as boto3 uses for one file
NAMES = "names.json"


def transfers(*, way: Way, direction: Direction, store: str, project: Path) -> None:
    """Prints the seconds that transferring a project's objects takes.

    Args:
        way: Tool to use.
        direction: From the project's cache into the store (push), or back (pull).
        store: URL of the store.
        project: Folder of a DVC project without git, with names.json, the keys of its objects.
    """
    address = read_address(store)
    names = json.loads((project / NAMES).read_text(encoding="utf-8"))
    move = MOVES[way](address, project, names, direction)
    begin = time.perf_counter()
    move()
    print(time.perf_counter() - begin)


Move = Callable[[], None]
Prepare = Callable[[Address, Path, list[str], Direction], Move]


def by_store(address: Address, project: Path, names: list[str], direction: Direction) -> Move:
    """This store, as pods use it: missing objects only, verified when downloaded."""
    objects = Objects(Bucket(address))
    ids = [object_id(name) for name in names]
    cache = project / ".dvc" / "cache"
    if direction == "push":
        return lambda: objects.upload(ids, cache)
    return lambda: objects.download(objects.held(ids), cache)


def by_boto3(address: Address, project: Path, names: list[str], direction: Direction) -> Move:
    """`upload_file` and `download_file` with their defaults, several files at once."""
    client = _client()

    def push(name: str) -> None:
        client.upload_file(str(_file(project, name)), address.bucket, address.key(name))

    def pull(name: str) -> None:
        client.download_file(address.bucket, address.key(name), str(_place(project, name)))

    return lambda: _at_once(push if direction == "push" else pull, names)


def by_requests(address: Address, project: Path, names: list[str], direction: Direction) -> Move:
    """One request a file, several at once: `put_object` and `get_object`."""
    client = _client()

    def push(name: str) -> None:
        with _file(project, name).open("rb") as content:
            client.put_object(Bucket=address.bucket, Key=address.key(name), Body=content)

    def pull(name: str) -> None:
        answer = client.get_object(Bucket=address.bucket, Key=address.key(name))
        with _place(project, name).open("wb") as out:
            for piece in answer["Body"].iter_chunks(1 << 18):
                out.write(piece)

    return lambda: _at_once(push if direction == "push" else pull, names)


def by_sync(address: Address, project: Path, names: list[str], direction: Direction) -> Move:
    """Like `aws s3 sync`: lists both sides and transfers what differs in size."""
    client = _client()

    def move() -> None:
        there = _listed(client, address)
        here = {name: f.stat().st_size for name in names if (f := _file(project, name)).exists()}
        source, target = (here, there) if direction == "push" else (there, here)
        with TransferManager(client, TransferConfig(max_request_concurrency=THREADS)) as manager:
            futures = []
            for name, size in source.items():
                if target.get(name) == size:
                    continue
                file = _place(project, name)
                start = manager.upload if direction == "push" else manager.download
                where = {"bucket": address.bucket, "key": address.key(name)}
                futures.append(start(fileobj=str(file), **where))
            for future in futures:
                future.result()

    return move


def by_dvc(address: Address, project: Path, _names: list[str], direction: Direction) -> Move:
    """`dvc push` and `dvc pull`, the latter with hard links into the checkout."""
    os.chdir(project)
    os.environ |= {"DVC_SITE_CACHE_DIR": str(project / ".dvc" / "site")}
    from dvc.cli import main  # as its own command does

    _configure(project, address)
    command = [direction, "--quiet"]

    def move() -> None:
        assert main(command) == 0

    return move


MOVES: dict[Way, Prepare] = {
    "store": by_store,
    "boto3": by_boto3,
    "requests": by_requests,
    "sync": by_sync,
    "dvc": by_dvc,
}


def _client() -> S3Client:
    return boto3.client("s3", config=Config(max_pool_connections=THREADS))


def _at_once(move_one: Callable[[str], None], names: list[str]) -> None:
    with ThreadPoolExecutor(THREADS) as pool:
        for _ in pool.map(move_one, names):
            pass


def _file(project: Path, name: str) -> Path:
    return project / ".dvc" / "cache" / name


def _place(project: Path, name: str) -> Path:
    """A file of the cache; its folder is created."""
    file = _file(project, name)
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def _listed(client: S3Client, address: Address) -> dict[str, int]:
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket=address.bucket, Prefix=address.key("files/")
    )
    start = len(address.key("-")) - 1
    return {
        each["Key"][start:]: each["Size"] for page in pages for each in page.get("Contents", ())
    }


def _configure(project: Path, address: Address) -> None:
    text = (
        "[core]\n    no_scm = true\n    analytics = false\n    remote = store\n"
        '[cache]\n    type = "hardlink,copy"\n'
        f"['remote \"store\"']\n    url = {address}\n    verify = true\n"
    )
    (project / ".dvc" / "config").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run(transfers)
