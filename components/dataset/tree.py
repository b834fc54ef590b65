"""A tree of files in which a file is found by its name, wherever it lies."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from components.runtime.errors import InputError

SHOWN = 10  # files that an error lists at most


@dataclass(frozen=True)
class Tree:
    """The files of a folder, or of a repository at one commit.

    Attributes:
        where: Source and commit, for errors.
        revision: The commit; None for a folder as it lies.
        paths: Path of every file, relative to the root, with forward slashes.
        read: Gives the bytes of the file at a path.
    """

    where: str
    revision: str | None
    paths: tuple[str, ...]
    read: Callable[[str], bytes]

    def content(self, name: str) -> bytes:
        """The bytes of the one file with this name; equal copies of it count as one.

        Raises:
            InputError: No file has this name, or several with different content have.
        """
        paths = [path for path in self.paths if PurePosixPath(path).name == name]
        contents = {self.read(path) for path in paths}
        if not contents:
            raise InputError(f"no {name} in {self.where}: found {self._alike(name)}")
        if len(contents) > 1:
            raise InputError(
                f"{len(paths)} files {name} in {self.where}, expected one: {', '.join(paths)}"
            )
        return contents.pop()

    def _alike(self, name: str) -> str:
        suffix = PurePosixPath(name).suffix
        alike = [path for path in self.paths if PurePosixPath(path).suffix == suffix]
        more = f" and {len(alike) - SHOWN} more" if len(alike) > SHOWN else ""
        return ", ".join(alike[:SHOWN]) + more if alike else f"no {suffix} file"


def folder_tree(folder: Path, *, where: str) -> Tree:
    """The files of a local folder as they lie, without those of git itself."""
    paths: list[str] = []
    for place, folders, files in os.walk(folder):
        folders[:] = set(folders) - {".git"}
        paths += [(Path(place) / file).relative_to(folder).as_posix() for file in files]
    return Tree(where, None, tuple(sorted(paths)), lambda path: (folder / path).read_bytes())


def check_readable(file: Path, read: Callable[[Path], object], *, where: str) -> None:
    """Reads a file that a source gave.

    Args:
        file: Where it lies for now.
        read: The reader of its format.
        where: Name and source of the file, for errors instead of where it lies.

    Raises:
        InputError: It is not in its format.
    """
    try:
        read(file)
    except InputError as error:
        raise InputError(str(error).replace(str(file), where)) from None
