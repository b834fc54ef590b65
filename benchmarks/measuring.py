"""What benchmarks say of the machine, what a process took, and their tables."""

import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import psutil


class Cost(NamedTuple):
    """What a process took: CPU seconds of all its threads, and its peak memory in GiB."""

    seconds: float
    memory: float


def machine(*packages: str) -> str:
    """Processor, cores, memory, system, versions of packages and load, in one line.

    Args:
        packages: Names of packages whose versions matter.
    """
    info = Path("/proc/cpuinfo")
    names = [line for line in info.read_text().splitlines() if "model name" in line]
    name = names[0].partition(": ")[2] if names else platform.processor()
    memory = psutil.virtual_memory().total / 2**30
    versions = "".join(f", {each} {version(each)}" for each in packages)
    return (
        f"{name}, {psutil.cpu_count()} cores, {memory:.0f} GiB; {platform.system()},"
        f" Python {platform.python_version()}{versions}; load {os.getloadavg()[0]:.1f}"
    )


def cost(arguments: list[str]) -> Cost:
    """What Python with these arguments takes, from its start to its end.

    Raises:
        CalledProcessError: It failed.
    """
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20)


def print_head(*titles: str) -> None:
    """Prints the first lines of a Markdown table; all columns but the first hold numbers."""
    print_row(*titles)
    print("|---|" + "--:|" * (len(titles) - 1), flush=True)


def print_row(*cells: object) -> None:
    """Prints a row of a Markdown table."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def say(text: str) -> None:
    """One line of progress."""
    print(text, file=sys.stderr, flush=True)
