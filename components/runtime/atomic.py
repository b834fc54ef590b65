"""Writing results whole or not at all, renamed into their place; by one process at a time."""

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from components.runtime.errors import InputError


@contextmanager
def written_folder(folder: Path) -> Iterator[Path]:
    """An empty folder to write into; it takes its place only when the block ends well.

    Args:
        folder: Where the result belongs; what lies there is replaced.

    Yields:
        The folder `<folder>.partial`, which is removed when the block raises.

    Raises:
        InputError: The working directory lies in the folder.
    """
    check_output(folder)
    partial = _partial(folder)
    partial.mkdir()
    try:
        yield partial
        _remove(folder)
        partial.rename(folder)
    except BaseException:
        _remove(partial)
        raise


def check_output(folder: Path) -> None:
    """Refuses what `written_folder` would not replace, so that long work does not end there.

    Raises:
        InputError: The working directory lies in the folder.
    """
    if Path.cwd().is_relative_to(folder.resolve()):
        raise InputError(f"{folder} holds the working directory: expected a folder to replace")


@contextmanager
def written_file(file: Path) -> Iterator[Path]:
    """A path to write one file to; it takes its place only when the block ends well.

    Args:
        file: Where the result belongs; what lies there is replaced.

    Yields:
        The path `<file>.partial`, which is removed when the block raises.

    Raises:
        InputError: The path has no name, as that of the working directory.
    """
    if file.name in ("", ".."):
        raise InputError(f"{file} is a folder: expected the path of a file")
    partial = _partial(file)
    try:
        yield partial
        partial.replace(file)
    except BaseException:
        _remove(partial)
        raise


def write_json(file: Path, value: Any) -> None:  # noqa: ANN401
    """Writes a value as indented JSON in UTF-8, whole or not at all."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(file, text + "\n")


def write_text(file: Path, text: str) -> None:
    """Writes a text in UTF-8, whole or not at all."""
    with written_file(file) as partial:
        partial.write_text(text, encoding="utf-8")


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


def _partial(place: Path) -> Path:
    """The path beside a place; its parent exists, and nothing lies there."""
    partial = place.with_name(f"{place.name}.partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    _remove(partial)
    return partial


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    elif os.path.lexists(place):
        place.unlink()


def _lock(opened: int, folder: Path) -> None:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(f"another process is writing to {folder}: wait for its end") from None
    except OSError as error:
        print(f"{folder}: no lock ({error.strerror}), do not start a second run", file=sys.stderr)  # noqa: T201
