"""The rows of a data set, on the Hugging Face Hub or in a folder, and a corpus of their texts.

`datasets` finds the files of each split. Ours is the reader of JSON lines and Parquet, on the Hub
as in a folder: it reads the columns asked for, so the others need not be alike. `datasets` reads
other forms.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from components.dataset.source import Source
from components.formats.corpus import FILE, SPLITS, Split, check_files, read_rows, write_documents
from components.runtime.errors import InputError
from components.runtime.hub import hub_errors, hub_repository
from components.runtime.progress import Progress

# `datasets` is imported where it is used: it takes seconds, and `demo` must start without it.

Rows = Iterator[tuple[Mapping[str, Any], str]]  # each with where it lies


class RowFile(NamedTuple):
    """A file of a data set; where `datasets` reads its form, all files of a split."""

    name: str  # its path; of a split, what it is
    rows: Callable[[], Rows]  # reads them


class DataSet:
    """A data set, opened but not yet read.

    Attributes:
        source: Id on the Hub, or local folder that `datasets` can load.
        revision: The commit on the Hub; None for a folder.
        files: Paths of the files of each split.

    Raises:
        InputError: The data set is unavailable or bad.
    """

    def __init__(self, source: Source) -> None:
        import datasets

        self.source = source
        self.revision: str | None = None
        if source.folder is None:
            found = hub_repository(source.address, revision=source.revision, kind="data set")
            self.revision = found.revision
        elif source.revision is not None:
            raise InputError(
                f"a folder of data has no revision: {source}, expected {source.address}"
            )
        datasets.logging.set_verbosity(datasets.logging.CRITICAL)  # each error is printed once
        path = str(source.folder.resolve()) if source.folder else source.address
        with self._readable():
            self._builder = datasets.load_dataset_builder(
                path, source.configuration, revision=self.revision
            )
        self.files: Mapping[str, Sequence[str]] = self._builder.config.data_files or {}

    def num_rows(self, split: str) -> int | None:
        """How many rows a split has, where the data set says so."""
        declared = self._builder.info.splits or {}
        return declared[split].num_examples if split in declared else None

    def row_files(self, split: str, *, columns: Sequence[str]) -> list[RowFile]:
        """The files of a split; reading them raises an `InputError` where one is bad.

        Only `columns` are read, save by `datasets`, which reads all.
        """
        names = self.files[split]
        if all(map(FILE.fullmatch, names)):
            return [RowFile(name, partial(self._rows, name, columns)) for name in names]
        name = f"the split {split} of {self.source}"
        name += f" at {self.revision}" if self.revision else ""
        return [RowFile(name, partial(self._streamed_rows, split, name))]

    def _rows(self, name: str, columns: Sequence[str]) -> Rows:
        with self._readable(), _opened(name) as stream:
            yield from read_rows(stream, name=name, columns=columns)

    def _streamed_rows(self, split: str, name: str) -> Rows:
        with self._readable():
            try:
                rows = self._builder.as_streaming_dataset(split)
            except StopIteration:  # so `datasets` meets a file without a row
                raise InputError(f"empty file in the data set {self.source}") from None
            for number, row in enumerate(rows, start=1):
                yield row, f"row {number} of {name}"

    @contextmanager
    def _readable(self) -> Iterator[None]:
        """Turns what `datasets` raises in the block into one line."""
        from datasets.exceptions import DatasetsError

        source = self.source
        hub = hub_errors(source.address, revision=source.revision, kind="data set")
        try:
            with nullcontext() if source.folder else hub:
                yield
        except UnicodeDecodeError as error:
            byte = f"{error.object[error.start]:#04x}"
            raise InputError(f"not UTF-8: byte {byte} in the data set {source}") from None
        except (DatasetsError, ValueError, RuntimeError, OSError) as error:
            if isinstance(error, OSError) and error.errno:  # of the system, not of the data's form
                raise
            found = " ".join(str(error).partition("Example of usage")[0].split())
            raise InputError(f"cannot read the data set {source}: {found}") from None


def _opened(name: str) -> Any:  # noqa: ANN401
    """Opens a file that lies here or, as hf://..., on the Hub."""
    import fsspec

    return fsspec.open(name) if "://" in name else Path(name).open("rb")


def write_corpus(source: Source, folder: Path) -> dict[str, Any]:
    """Writes `train.jsonl` and `validation.jsonl`; returns revision and numbers of rows.

    Rows stream from the source to the disk: however large the data set, memory holds no more than
    one of its files. Rows without a text, or with one of white space alone, are no documents
    (wikitext separates its paragraphs with them): they are left out and counted.

    Args:
        source: Data set with a column `text`, one document a row, split as it is published.
        folder: Where to write.

    Raises:
        InputError: The data set is unavailable or bad, or lacks a split or the column `text`.
    """
    data_set = DataSet(source)
    missing = [split for split in SPLITS if split not in data_set.files]
    if missing:
        found = ", ".join(map(str, data_set.files)) or "none"
        raise InputError(f"no split {', '.join(missing)} in the data set {source}: found {found}")
    for split in SPLITS:
        check_files(data_set.files[split])
    counts = {split: _write_split(data_set, split, folder) for split in SPLITS}
    return {
        "revision": data_set.revision,
        "documents": {split: documents for split, (documents, _) in counts.items()},
        "blank_rows": {split: blank for split, (_, blank) in counts.items()},
    }


def _write_split(data_set: DataSet, split: Split, folder: Path) -> tuple[int, int]:
    """Writes a split; returns how many documents it holds and how many rows had no text."""
    where = f"split {split} of the data set {data_set.source}"
    with Progress(where, total=data_set.num_rows(split), unit="rows") as progress:
        texts = _texts(data_set, split, progress)
        documents = write_documents(folder, split, (text for text in texts if text.strip()))
    left_out = progress.done - documents
    if documents == 0:
        raise InputError(
            f"no document in the {where}: {left_out:,} rows without a text, expected a column text"
        )
    if left_out:
        print(f"{where}: {left_out:,} rows without a text left out", file=sys.stderr)  # noqa: T201
    return documents, left_out


def _texts(data_set: DataSet, split: Split, progress: Progress) -> Iterator[str]:
    for file in data_set.row_files(split, columns=("text",)):
        for row, where in file.rows():
            text = row.get("text")
            if not isinstance(text, str | None):
                raise InputError(f"text is {text!r:.40}, expected a text: {where}")
            progress.advance()
            yield text or ""
