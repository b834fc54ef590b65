"""One process at a time writes into a data folder."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.runtime.errors import InputError


@contextmanager
def claimed(data: Path) -> Iterator[None]:
    """Keeps other processes from claiming a data folder while the block runs.

    Two writers of one part would move each other's unfinished `.partial` into place. The lock is
    on the folder itself, so it leaves no file and ends with the process, however that ends. Where
    a file system has no such locks (some network ones), a line says so and the block runs.

    Args:
        data: The data folder; made where it is missing.

    Raises:
        InputError: Another process has claimed it.
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
        raise InputError(f"another process is writing into {data}: wait until it is done") from None
    except OSError as error:
        print(f"{data}: no lock ({error.strerror}), start no second run", file=sys.stderr)  # noqa: T201
