"""The first and the last step of a corpus: reading its sources and writing its files."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from components.dataset.corpus.documents import Document
from components.dataset.corpus.sources import SourceFile
from components.dataset.corpus.state import NO_TEXT, UNREADABLE, PreparedDocument, State
from components.formats.corpus import write_documents
from components.formats.corpus_card import CorpusRecord, RemovedDocument, write_removed
from components.runtime.errors import InputError
from components.runtime.progress import Progress

DOCUMENTS_AT_ONCE = 256  # in a transaction: what a kill loses at most


def read(
    files: Iterable[SourceFile],
    state: State,
    prepare: Callable[[Document], PreparedDocument | RemovedDocument],
    *,
    skip_unreadable: bool,
) -> None:
    """Reads what was not read yet; `files` are all, also those read before.

    Raises:
        InputError: A file cannot be read; what was read before it is kept.
    """
    if not skip_unreadable:
        state.forget_unreadable()
    number, done = -1, state.num_read()
    with Progress("read", total=None, unit="documents", done=done) as progress:
        for number, file in enumerate(files):
            already = state.begin(number, file.identity)
            if already is None:
                continue
            try:
                for document in islice(file.documents(), already, None):
                    state.add(number, prepare(document))
                    state.commit(after=DOCUMENTS_AT_ONCE)
                    progress.advance()
            except InputError as error:
                if not (skip_unreadable and file.local):
                    state.commit()
                    kept = "what was read before it is kept, the same command goes on there"
                    raise InputError(f"{error} ({kept})") from None
                state.add(number, RemovedDocument(file.name, None, UNREADABLE, str(error)))
                progress.advance()
            state.finish(number)
            state.commit(after=DOCUMENTS_AT_ONCE)
    state.forget_from(number + 1)
    state.commit()


def write(state: State, record: CorpusRecord, folder: Path) -> None:
    """Writes both splits and the list of what was left out.

    Raises:
        InputError: A split is empty.
    """
    for split, size in record.splits.items():
        if not size.documents:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in record.reasons.items())
            hint = " (--columns names other columns than text, title, abstract and body)"
            raise InputError(
                f"no document for {split} of {record.read:,} read; left out: {reasons or 'none'}"
                f"{hint if record.reasons.keys() == {NO_TEXT} else ''}"
            )
        with Progress(f"write {split}", total=size.documents, unit="documents") as progress:
            write_documents(folder, split, _counted(state.rows(split), progress))
    write_removed(folder, state.removed())


def _counted(rows: Iterable[dict[str, Any]], progress: Progress) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield row
        progress.advance()
