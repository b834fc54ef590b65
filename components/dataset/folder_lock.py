"""A lock on a data folder: one process at a time writes to it."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.runtime.errors import InputError


@contextmanager
def folder_lock(data: Path) -> Iterator[None]:
    """Locks a data folder for the block.

    Two writers of one part would move each other's incomplete `.partial` into place. The lock is on
    the folder itself, so it leaves no file and ends with the process. On a file system without
    locks (some network file systems) a line says so and the block runs.

    Args:
        data: The data folder; created if it is missing.

    Raises:
        InputError: Another process holds the lock.
    """
    data.mkdir(parents=True, exist_ok=True)
    folder = os.open(data, os.O_RDONLY)
    try:
        _lock(folder, data)
        yield
    finally:
        os.close(folder)


def _lock(folder: int, data: Path) -> None:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(f"another process is writing to {data}: wait for its end") from None
    except OSError as error:
        print(f"{data}: no lock ({error.strerror}), do not start a second run", file=sys.stderr)  # noqa: T201
