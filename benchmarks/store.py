"""Speed and memory of the store's transfers, compared with other tools.

    python -m benchmarks.store

Uses an S3 server on this machine (rclone on a folder), one large file and many small ones. Each
transfer is a process of its own; the tools alternate. Then it measures the memory of a pod whose
stage writes a large file, and the overhead of a pod. Prints Markdown tables.
"""

import multiprocessing
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal, get_args

import boto3
import psutil
from botocore.config import Config

from benchmarks.measuring import machine, print_head, print_row, say
from benchmarks.projects import (
    BUCKET,
    PACKAGES,
    ROOT,
    call,
    clone,
    configure,
    make_project,
    object_names,
    pod_command,
    server,
)
from components.runtime.command_line import run
from pipelines.dvc.remote import address_of
from pipelines.store.bucket import Bucket
from pipelines.store.layout import object_id
from pipelines.store.objects import Objects

Tool = Literal["store", "boto3", "dvc"]
Direction = Literal["push", "pull"]
DIRECTIONS: tuple[Direction, ...] = ("push", "pull")
MIB = 1 << 20
THREADS = 10  # as many as boto3 uses for one file
TITLES: dict[Tool, str] = {
    "store": "this store",
    "boto3": "plain boto3",
    "dvc": "`dvc push`, `dvc pull`",
}
DEFINITION = """\
stages:
  work:
    cmd: python -m components.work
    deps:
    - components/work.py
    - data
    outs:
    - artifacts/work
"""
NOTHING = """\
import pathlib
pathlib.Path("artifacts/work").mkdir(parents=True)
"""
LARGE = """\
import pathlib, random
folder = pathlib.Path("artifacts/work")
folder.mkdir(parents=True)
draw = random.Random(1)
with (folder / "large").open("wb") as out:
    for _ in range({mebibytes}):
        out.write(draw.randbytes(1 << 20))
"""


@dataclass(frozen=True)
class Transfer:
    """One transfer: its seconds, and the peak memory of its process in bytes."""

    seconds: float
    memory: int


Results = dict[tuple[Tool, Direction], list[Transfer]]


def store(
    *,
    mebibytes: int = 1024,
    files: int = 5000,
    rounds: int = 5,
    pod_mebibytes: int = 2048,
    tools: tuple[Tool, ...] = get_args(Tool),
) -> None:
    """Prints rates and memory of all tools, and the overhead of a pod.

    Args:
        mebibytes: Size of the large file in MiB.
        files: Number of small files, of 1 to 8 KiB each.
        rounds: Repetitions of each transfer.
        pod_mebibytes: Size in MiB of the file that the pod's stage writes; 0 skips pods.
        tools: The tools to compare.
    """
    with tempfile.TemporaryDirectory() as name, server(Path(name) / "served") as bucket:
        folder = Path(name)
        print(f"{machine(*PACKAGES)}\n")
        if mebibytes:
            results = compare(folder / "large", bucket, large(mebibytes), tools, rounds)
            print_rates(f"one file of {mebibytes} MiB", results, mebibytes, "MiB/s")
        if files:
            results = compare(folder / "small", bucket, small(files), tools, rounds)
            print_rates(f"{files} files of 1 to 8 KiB", results, files, "files/s")
        if pod_mebibytes:
            print_pods(folder / "pods", pod_mebibytes, rounds)


def large(mebibytes: int) -> Callable[[Path], None]:
    """Writes one file of random bytes."""

    def write(folder: Path) -> None:
        with (folder / "large").open("wb") as out:
            for _ in range(mebibytes):
                out.write(os.urandom(MIB))

    return write


def small(files: int) -> Callable[[Path], None]:
    """Writes many files of 1 to 8 KiB."""

    def write(folder: Path) -> None:
        draw = random.Random(1)
        for number in range(files):
            content = draw.randbytes(draw.randint(1 << 10, 8 << 10))
            (folder / f"{number:06}").write_bytes(content)

    return write


def compare(
    folder: Path,
    bucket: Path,
    write_data: Callable[[Path], None],
    tools: tuple[Tool, ...],
    rounds: int,
) -> Results:
    """Runs every transfer of every tool, alternately, each with its own source and target.

    Args:
        folder: Folder for the projects.
        bucket: Folder in which the server keeps the bucket.
        write_data: Writes the data to transfer.
        tools: The tools.
        rounds: Number of repetitions.
    """
    held = f"{folder.name}-held"
    source = make_project(folder / "source", url=f"s3://{BUCKET}/{held}", write_data=write_data)
    names = object_names(source)
    call(source, "dvc", "push", "--quiet")
    results: Results = {(tool, each): [] for tool in tools for each in DIRECTIONS}
    for number in range(rounds):
        for tool in tools[number % len(tools) :] + tools[: number % len(tools)]:
            pushed = f"{folder.name}-{tool}-{number}"  # servers remember what they held
            target = clone(source, folder / "target")
            configure(source, f"s3://{BUCKET}/{pushed}")
            results[tool, "push"].append(transfer(tool, "push", source, names))
            configure(target, f"s3://{BUCKET}/{held}")
            results[tool, "pull"].append(transfer(tool, "pull", target, names))
            check(source, bucket / pushed)
            check(source, target / ".dvc" / "cache")
            for used in (bucket / pushed, target):
                shutil.rmtree(used)
            last = [results[tool, each][-1].seconds for each in DIRECTIONS]
            say(f"{folder.name}, round {number + 1}, {tool}: {last[0]:.2f} s, {last[1]:.2f} s")
    shutil.rmtree(source)
    return results


def transfer(tool: Tool, direction: Direction, project: Path, names: list[str]) -> Transfer:
    """One transfer in a process of its own, after the disk has been synchronized.

    Args:
        tool: The tool.
        direction: From the project's cache into its remote (push), or back (pull).
        project: Folder of the project.
        names: Keys of its objects.
    """
    os.sync()
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(TRANSFERS[tool], direction, project, names).result()


def by_store(direction: Direction, project: Path, names: list[str]) -> Transfer:
    """This store, as pods use it: missing objects only, verified when downloaded."""
    objects = Objects(Bucket(address_of(None, root=project)))
    ids = [object_id(name) for name in names]
    cache = project / ".dvc" / "cache"
    if direction == "push":
        return measured(lambda: objects.upload(ids, cache))
    return measured(lambda: objects.download(objects.held(ids), cache))


def by_boto3(direction: Direction, project: Path, names: list[str]) -> Transfer:
    """`upload_file` and `download_file` with their defaults, several files at once."""
    client = boto3.client("s3", config=Config(max_pool_connections=THREADS))
    address = address_of(None, root=project)

    def move_one(name: str) -> None:
        file = project / ".dvc" / "cache" / name
        if direction == "push":
            client.upload_file(str(file), address.bucket, address.key(name))
        else:
            file.parent.mkdir(parents=True, exist_ok=True)
            client.download_file(address.bucket, address.key(name), str(file))

    def move() -> None:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(move_one, names))

    return measured(move)


def by_dvc(direction: Direction, project: Path, _names: list[str]) -> Transfer:
    """`dvc push` and `dvc pull`, the latter with hard links into the checkout."""
    os.chdir(project)
    os.environ["DVC_SITE_CACHE_DIR"] = str(project / ".dvc" / "site")
    from dvc.cli import main  # as its own command does

    def move() -> None:
        assert main([direction, "--quiet"]) == 0

    return measured(move)


TRANSFERS: dict[Tool, Callable[[Direction, Path, list[str]], Transfer]] = {
    "store": by_store,
    "boto3": by_boto3,
    "dvc": by_dvc,
}


def measured(move: Callable[[], None]) -> Transfer:
    """A transfer's seconds, without imports and connecting, and the memory of this process."""
    begin = time.perf_counter()
    move()
    seconds = time.perf_counter() - begin
    unit = 1 if sys.platform == "darwin" else 1024
    return Transfer(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit)


def check(source: Path, arrived: Path) -> None:
    """Asserts that all objects arrived in their sizes."""
    for name in object_names(source):
        size = (source / ".dvc" / "cache" / name).stat().st_size
        assert (arrived / name).stat().st_size == size, arrived / name


def print_rates(title: str, results: Results, amount: int, unit: str) -> None:
    """Prints one row per tool: best and median rate, both also relative to boto3, and memory."""
    print(f"Rates for {title}, {unit}: best, median (relative to plain boto3)\n")
    print_head("", "push", "pull", "memory in MiB, push, pull")
    for tool in dict.fromkeys(tool for tool, _ in results):
        cells = [rate(results, tool, each, amount) for each in DIRECTIONS]
        peaks = [max(m.memory for m in results[tool, each]) / MIB for each in DIRECTIONS]
        print_row(TITLES[tool], *cells, f"{peaks[0]:.0f}, {peaks[1]:.0f}")
    print()


def rate(results: Results, tool: Tool, direction: Direction, amount: int) -> str:
    """A cell of the table of rates."""

    def rates(of: Tool) -> tuple[float, float]:
        seconds = [each.seconds for each in results[of, direction]]
        return amount / min(seconds), amount / median(seconds)

    best, middle = rates(tool)
    if ("boto3", direction) not in results:
        return f"{best:.0f}, {middle:.0f}"
    beside = rates("boto3")
    return f"{best:.0f}, {middle:.0f} ({best / beside[0]:.2f}, {middle / beside[1]:.2f})"


def print_pods(folder: Path, mebibytes: int, rounds: int) -> None:
    """Prints the memory of a pod that writes a large file, and the time of an idle one."""
    modules = {"nothing": NOTHING, "large": LARGE.format(mebibytes=mebibytes)}
    taken: dict[str, list[Transfer]] = {}
    for number in range(rounds):
        place = folder / str(number)
        made = pod_pair(place, number, modules["nothing"])
        taken.setdefault("a stage that does nothing, first run", []).append(made[0])
        taken.setdefault("the same, cached", []).append(made[1])
        say(f"pods, round {number + 1}: {made[0].seconds:.2f} s, {made[1].seconds:.2f} s")
    made = pod_pair(folder / "large", rounds, modules["large"])
    taken[f"a stage that writes a file of {mebibytes} MiB, first run"] = [made[0]]
    taken["the same large file, cached"] = [made[1]]
    print_head("a pod", "seconds, best, median", "memory in MiB")
    for name, each in taken.items():
        seconds = [one.seconds for one in each]
        memory = max(one.memory for one in each) / MIB
        print_row(name, f"{min(seconds):.1f}, {median(seconds):.1f}", f"{memory:.0f}")


def pod_pair(folder: Path, number: int, module: str) -> tuple[Transfer, Transfer]:
    """Runs a pod, and another for the same stage on a new disk.

    Args:
        folder: Folder for the project and workspaces, removed afterwards.
        number: Number of the store.
        module: Source code of the stage.
    """
    url = f"s3://{BUCKET}/pods-{number}"
    project = make_project(
        folder / "project",
        url=url,
        write_data=small(1),
        definition=DEFINITION,
        modules={"work": module},
    )
    call(project, "dvc", "push", "--quiet")
    taken = []
    for _ in range(2):
        command = pod_command("work", code=project, url=url, workspace=folder / "workspace")
        taken.append(watched(command))
        shutil.rmtree(folder / "workspace")
    shutil.rmtree(folder)
    return taken[0], taken[1]


def watched(command: list[str]) -> Transfer:
    """Runs a program; its memory is the peak of the sum over it and its children."""
    begin = time.perf_counter()
    with subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        memory = 0
        while process.poll() is None:
            memory = max(memory, resident(process.pid))
            time.sleep(0.02)
        seconds = time.perf_counter() - begin
        if process.returncode:
            raise RuntimeError(f"{command}: {process.stderr.read() if process.stderr else ''}")
    return Transfer(seconds, memory)


def resident(pid: int) -> int:
    """Resident bytes of a process and its descendants; shared pages are counted for each."""
    total = 0
    try:
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for each in family:
        try:
            total += each.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total


if __name__ == "__main__":
    run(store)
