"""A corpus from a data set: its `text` column, one document a row, split as it is published."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from components.dataset.checksums import checksums
from components.dataset.source import Source
from components.formats.corpus import SPLITS, Split, write_documents
from components.runtime.atomic import written_folder
from components.runtime.errors import InputError
from components.runtime.hub import hub_errors, hub_repository
from components.runtime.progress import Progress

# `datasets` is imported where it is used: it takes seconds, and `demo` must start without it.


def get_corpus(source: Source, folder: Path) -> dict[str, Any]:
    """Writes `train.jsonl` and `validation.jsonl` and returns where they came from.

    Rows stream from the source to the disk: however large the data set, memory holds no more than
    one of its files. Rows of white space alone are no documents (wikitext separates its paragraphs
    with them): they are left out and counted.

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
    with written_folder(folder) as partial, _readable(source):
        data_set = _splits(source, revision)
        counts = {split: _write(data_set, partial, split, source=source) for split in SPLITS}
        return {
            "source": str(source),
            "revision": revision,
            "documents": {split: documents for split, (documents, _) in counts.items()},
            "blank_rows": {split: blank for split, (_, blank) in counts.items()},
            "sha256": checksums(partial),
        }


@contextmanager
def _readable(source: Source) -> Iterator[None]:
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


def _splits(source: Source, revision: str | None) -> Mapping[str, Any]:
    """The data set's rows by split, not yet read.

    Raises:
        InputError: A split is missing or holds nothing.
    """
    import datasets

    datasets.logging.set_verbosity(datasets.logging.CRITICAL)  # each error is printed once, by us
    path = str(source.folder.resolve()) if source.folder else source.address
    try:
        splits: Mapping[str, Any] = datasets.load_dataset(
            path, source.configuration, revision=revision, streaming=True
        )
    except StopIteration:  # so `datasets` meets a file without a row
        raise InputError(f"empty file in the data set {source}") from None
    missing = [split for split in SPLITS if split not in splits]
    if missing:
        raise InputError(
            f"no split {', '.join(missing)} in the data set {source}: found {', '.join(splits)}"
        )
    return splits


def _write(
    data_set: Mapping[str, Any], corpus: Path, split: Split, *, source: Source
) -> tuple[int, int]:
    """Writes a split; returns how many documents it holds and how many rows were blank."""
    where = f"split {split} of the data set {source}"
    declared = (data_set[split].info.splits or {}).get(split)
    total = declared.num_examples if declared else None
    with Progress(where, total=total, unit="rows") as progress:
        documents = write_documents(corpus, split, _texts(data_set[split], progress, where=where))
    if documents == 0:
        raise InputError(f"no document in the {where}")
    return documents, progress.done - documents


def _texts(rows: Iterable[Mapping[str, Any]], progress: Progress, *, where: str) -> Iterator[str]:
    for number, row in enumerate(rows, start=1):
        if "text" not in row:
            raise InputError(f"no column text in the {where}: found {', '.join(row)}")
        text = row["text"]
        if not isinstance(text, str):
            found = "null" if text is None else repr(text)
            raise InputError(f"no text in row {number} of the {where}: found {found}")
        progress.advance()
        if text.strip():
            yield text
