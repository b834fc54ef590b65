"""A lock on a folder: one process at a time writes to it."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.runtime.errors import InputError


@contextmanager
def folder_lock(folder: Path) -> Iterator[None]:
    """Locks a folder for the block.

    Two writers of one part would move each other's incomplete `.partial` into place. The lock is on
    the folder itself, so it leaves no file and ends with the process. On a file system without
    locks (some network file systems) a line says so and the block runs.

    Args:
        folder: The folder; created if it is missing.

    Raises:
        InputError: Another process holds the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    opened = os.open(folder, os.O_RDONLY)
    try:
        _lock(opened, folder)
        yield
    finally:
        os.close(opened)


def _lock(opened: int, folder: Path) -> None:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(f"another process is writing to {folder}: wait for its end") from None
    except OSError as error:
        print(f"{folder}: no lock ({error.strerror}), do not start a second run", file=sys.stderr)  # noqa: T201
