"""The three steps of a corpus: reading, comparing, writing."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.dataset.corpus.articles import MOST_BYTES
from components.dataset.corpus.documents import Document
from components.dataset.corpus.near_duplicates import keys, shingles, similarity
from components.dataset.corpus.selection import Selection
from components.dataset.corpus.sources import SourceFile
from components.dataset.corpus.state import UNREADABLE, PreparedDocument, State
from components.formats.corpus import SPLITS, Split, write_documents
from components.formats.corpus_card import RemovedDocument, write_removed
from components.formats.ngrams import words
from components.runtime.errors import InputError
from components.runtime.progress import Progress

DOCUMENTS_AT_ONCE = 256  # in a transaction: what a kill loses at most
KEYS_AT_ONCE = 4096
Prepare = Callable[[Document], PreparedDocument | RemovedDocument]


def prepare(
    document: Document, selection: Selection, *, validation_share: float, seed: int
) -> PreparedDocument | RemovedDocument:
    """What the corpus takes of a document, or why it is left out.

    Args:
        document: As it was read.
        selection: The filters.
        validation_share: Share of the validation split.
        seed: Of the split.

    Raises:
        InputError: It is too long.
    """
    reason, detail, found, text = selection.reason(document), None, list[bytes](), ""
    if reason is None:
        text = document.text(selection.sections)
        if len(text) > MOST_BYTES:
            raise InputError(f"more than {MOST_BYTES >> 20} MiB in one document: {document.where}")
        found = words(text)
        detail = selection.benchmark_ngram(found)
        reason = "text of the benchmark" if detail else None
    if reason is None and not found:
        reason = "no text in the chosen sections"
    if reason is not None:
        return RemovedDocument(document.where, document.doi, reason, detail)
    return PreparedDocument(
        place=document.where,
        text=text,
        words=len(found),
        doi=document.doi,
        year=document.year,
        language=document.language,
        license=document.license,
        split=_split(document.doi or text, validation_share=validation_share, seed=seed),
        keys=keys(found, doi=document.doi),
    )


def _split(identity: str, *, validation_share: float, seed: int) -> Split:
    """The split of a document, whatever other documents there are."""
    digest = blake2b(f"{seed}:{identity}".encode(), digest_size=8).digest()
    return "validation" if int.from_bytes(digest, "little") < validation_share * 2**64 else "train"


def read(
    files: Iterable[SourceFile], state: State, prepare: Prepare, *, skip_unreadable: bool
) -> None:
    """Reads what was not read yet.

    Args:
        files: All files, also those read before.
        state: What was read so far.
        prepare: Makes what the corpus takes of a document.
        skip_unreadable: Leave out local files that cannot be read.

    Raises:
        InputError: A file cannot be read; what was read before it is kept.
    """
    if not skip_unreadable:
        state.forget_unreadable()
    number = -1
    done = state.num_read()
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


def compare(state: State, *, at_least: float) -> None:
    """Finds each document of which an earlier one is a near-duplicate or has the DOI.

    Of documents with a key in common, each is compared with the one before it and with the first.

    Args:
        state: What was read.
        at_least: The similarity of near-duplicates.
    """

    @lru_cache(maxsize=8)
    def known(document: int) -> tuple[NDArray[np.int64], str | None]:
        text, doi = state.text_and_doi(document)
        return shingles(text), doi

    def reason(earlier: int, later: int) -> str | None:
        (text, doi), (other, other_doi) = known(earlier), known(later)
        if doi and doi == other_doi:
            return "DOI of an earlier document"
        return "near-duplicate" if similarity(text, other) >= at_least else None

    with Progress("compare", total=None, unit="groups of similar documents") as progress:
        for key, documents in state.shared_keys():
            for before, later in pairwise(documents):
                for earlier in sorted({documents[0], before}):
                    if not state.is_duplicate(later) and (found := reason(earlier, later)):
                        state.add_duplicate(later, found, earlier=earlier)
            state.mark_compared(key)
            state.commit(after=KEYS_AT_ONCE)
            progress.advance()
    state.commit()


def write(state: State, folder: Path) -> None:
    """Writes both splits and the list of what was left out.

    Args:
        state: What was read and compared.
        folder: Where to write; it exists.

    Raises:
        InputError: A split is empty.
    """
    for split in SPLITS:
        documents, *_ = state.size(split)
        if not documents:
            reasons = ", ".join(f"{count:,} {reason}" for reason, count in state.reasons().items())
            raise InputError(
                f"no document for {split} of {state.num_read():,} read; left out:"
                f" {reasons or 'none'}"
            )
        with Progress(f"write {split}", total=documents, unit="documents") as progress:
            write_documents(folder, split, _counted(state.rows(split), progress))
    write_removed(folder, state.removed())


def _counted(rows: Iterable[dict[str, Any]], progress: Progress) -> Iterator[dict[str, Any]]:
    for row in rows:
        yield row
        progress.advance()
