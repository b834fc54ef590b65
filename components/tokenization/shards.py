"""The finished shards of a split, from which a stopped run resumes."""

from collections.abc import Iterator
from dataclasses import astuple
from itertools import count, takewhile
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from components.formats.corpus import Split
from components.formats.tokens import Sequences, SplitCounts
from components.runtime.atomic import written_file
from components.runtime.errors import InputError
from components.tokenization.packing import Shard


class Shards:
    """The finished shards of a split, a file each.

    Only those that follow each other from the first count: a kill while a state is being removed
    leaves some of the later ones.

    Args:
        folder: Their folder.
        split: Which split they are of.
    """

    def __init__(self, folder: Path, split: Split) -> None:
        self._folder, self._split = folder, split
        self._files = list(takewhile(Path.is_file, map(self._file, count(1))))

    def __len__(self) -> int:
        return len(self._files)

    def last(self) -> Shard | None:
        """The last of them; None if there is none.

        Raises:
            InputError: It is damaged.
        """
        return _read(self._files[-1]) if self._files else None

    def sequences(self) -> Iterator[Sequences]:
        """The sequences of each.

        Raises:
            InputError: A shard is damaged.
        """
        return (_read(file).sequences for file in self._files)

    def append(self, shard: Shard) -> None:
        """Writes the next one."""
        file = self._file(len(self) + 1)
        with written_file(file) as partial, partial.open("wb") as out:
            np.savez(out, *shard[:2], astuple(shard.counts))
        self._files.append(file)

    def _file(self, number: int) -> Path:
        return self._folder / f"{self._split}-{number:06d}.npz"


def _read(file: Path) -> Shard:
    try:
        with np.load(file, allow_pickle=False) as arrays:
            sequences, rest, counts = (arrays[name] for name in ("arr_0", "arr_1", "arr_2"))
    except (BadZipFile, EOFError, ValueError) as error:  # of a machine that stopped
        raise InputError(
            f"damaged or cut off ({error}): {file}, now removed; start again to tokenize anew"
        ) from None
    return Shard(sequences, rest, SplitCounts(*counts.tolist()))
