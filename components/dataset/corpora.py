"""A corpus from a data set: its `text` column, one document a row, split as it is published.

`datasets` finds the files of each split. Ours is the reader of JSON lines and Parquet, on the Hub
as in a folder: it reads no other column, so these need not be alike. `datasets` reads other forms.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from components.dataset.checksums import checksums
from components.dataset.source import Source
from components.formats.corpus import (
    FILE,
    SPLITS,
    Split,
    check_files,
    read_texts,
    write_documents,
)
from components.runtime.atomic import written_folder
from components.runtime.errors import InputError
from components.runtime.hub import hub_errors, hub_repository
from components.runtime.progress import Progress

# `datasets` is imported where it is used: it takes seconds, and `demo` must start without it.


def get_corpus(source: Source, folder: Path) -> dict[str, Any]:
    """Writes `train.jsonl` and `validation.jsonl` and returns where they came from.

    Rows stream from the source to the disk: however large the data set, memory holds no more than
    one of its files. Rows without a text, or with one of white space alone, are no documents
    (wikitext separates its paragraphs with them): they are left out and counted.

    Args:
        source: Id of a data set on the Hub, or local folder that `datasets` can load.
        folder: Folder of the corpus, replaced as a whole.

    Raises:
        InputError: The data set is unavailable or bad, or lacks a split or the column `text`.
    """
    revision = None
    if source.folder is None:
        revision = hub_repository(
            source.address, revision=source.revision, kind="data set"
        ).revision
    elif source.revision is not None:
        raise InputError(f"a folder of data has no revision: {source}, expected {source.address}")
    with written_folder(folder) as partial, readable(source):
        rows = _splits(source, revision)
        counts = {split: _write(rows[split], partial, split, source=source) for split in SPLITS}
        return {
            "source": str(source),
            "revision": revision,
            "documents": {split: documents for split, (documents, _) in counts.items()},
            "blank_rows": {split: blank for split, (_, blank) in counts.items()},
            "sha256": checksums(partial),
        }


@contextmanager
def readable(source: Source) -> Iterator[None]:
    """Turns what `datasets` raises about a data set in the block into one line about it."""
    from datasets.exceptions import DatasetsError

    try:
        with ExitStack() as stack:
            if source.folder is None:
                hub = hub_errors(source.address, revision=source.revision, kind="data set")
                stack.enter_context(hub)
            yield
    except UnicodeDecodeError as error:
        byte = f"{error.object[error.start]:#04x}"
        raise InputError(f"not UTF-8: byte {byte} in the data set {source}") from None
    except (DatasetsError, ValueError, RuntimeError, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # of the system, not of the data's form
            raise
        found = " ".join(str(error).partition("Example of usage")[0].split())
        raise InputError(f"cannot read the data set {source}: {found}") from None


class Rows(NamedTuple):
    """A split's rows, not yet read, and how many they are, where that is known."""

    texts: Iterator[str | None]
    total: int | None


def _splits(source: Source, revision: str | None) -> dict[Split, Rows]:
    """The data set's rows by split.

    Raises:
        InputError: A split is missing, or its files can be read in two ways.
    """
    builder = opened_data_set(source, revision)
    files: Mapping[str, Sequence[str]] = builder.config.data_files or {}
    missing = [split for split in SPLITS if split not in files]
    if missing:
        found = ", ".join(map(str, files)) or "none"
        raise InputError(f"no split {', '.join(missing)} in the data set {source}: found {found}")
    for split in SPLITS:
        check_files(files[split])
    declared = builder.info.splits or {}
    totals = {split: declared[split].num_examples if split in declared else None for split in files}
    if all(FILE.fullmatch(name) for split in SPLITS for name in files[split]):
        return {split: Rows(_texts(files[split]), totals[split]) for split in SPLITS}
    rows = streamed(builder, source)
    return {
        split: Rows(_values(rows[split], f"split {split} of {source}"), totals[split])
        for split in SPLITS
    }


def opened_data_set(source: Source, revision: str | None) -> Any:  # noqa: ANN401
    """The builder of `datasets` for a source, which knows its files; nothing is downloaded."""
    import datasets

    datasets.logging.set_verbosity(datasets.logging.CRITICAL)  # each error is printed once, by us
    path = str(source.folder.resolve()) if source.folder else source.address
    return datasets.load_dataset_builder(path, source.configuration, revision=revision)


def streamed(builder: Any, source: Source) -> Mapping[str, Iterable[Mapping[str, Any]]]:  # noqa: ANN401
    """The rows of a data set by split, read by `datasets`."""
    try:
        rows: Mapping[str, Iterable[Mapping[str, Any]]] = builder.as_streaming_dataset()
    except StopIteration:  # so `datasets` meets a file without a row
        raise InputError(f"empty file in the data set {source}") from None
    return rows


def opened(name: str) -> Any:  # noqa: ANN401
    """Opens a file that lies here or, as hf://..., on the Hub."""
    import fsspec

    return fsspec.open(name) if "://" in name else Path(name).open("rb")


def _texts(files: Sequence[str]) -> Iterator[str | None]:
    """The texts of files that lie here or on the Hub."""
    for name in files:
        with opened(name) as stream:
            for text, _ in read_texts(stream, name=name):
                yield text


def _values(rows: Iterable[Mapping[str, Any]], where: str) -> Iterator[str | None]:
    """The texts of files that `datasets` reads."""
    for number, row in enumerate(rows, start=1):
        text = row.get("text")
        if not isinstance(text, str | None):
            raise InputError(f"text is {text!r:.40}, expected a text: row {number} of the {where}")
        yield text


def _write(rows: Rows, corpus: Path, split: Split, *, source: Source) -> tuple[int, int]:
    """Writes a split; returns how many documents it holds and how many rows had no text."""
    where = f"split {split} of the data set {source}"
    with Progress(where, total=rows.total, unit="rows") as progress:
        texts = _counted(rows.texts, progress)
        documents = write_documents(corpus, split, (text for text in texts if text.strip()))
    left_out = progress.done - documents
    if documents == 0:
        raise InputError(
            f"no document in the {where}: {left_out:,} rows without a text, expected a column text"
        )
    if left_out:
        print(f"{where}: {left_out:,} rows without a text left out", file=sys.stderr)  # noqa: T201
    return documents, left_out


def _counted(texts: Iterator[str | None], progress: Progress) -> Iterator[str]:
    for text in texts:
        progress.advance()
        yield text or ""
