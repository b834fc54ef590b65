"""Builds a corpus from what a field has."""

import shutil
from collections.abc import Collection
from itertools import chain
from pathlib import Path
from typing import Any

from components.dataset.corpus.documents import Section
from components.dataset.source import Source, parse_data_set
from components.runtime.atomic import folder_lock, written_folder
from components.runtime.errors import InputError
from components.runtime.ranges import check_range
from components.runtime.state import code_files, state_key

# Modules beside those of this folder that decide what is read.
READERS = ("dataset/data_sets.py", "formats/corpus.py", "formats/ngrams.py")
LEAST_SIMILARITY = 0.7  # MinHash proposes .92 of such pairs, and far fewer of those below


def corpus(
    *,
    sources: tuple[str, ...],
    corpus: Path,
    sections: tuple[Section, ...] = ("abstract", "body"),
    years: str | None = None,
    languages: tuple[str, ...] = (),
    dois: Path | None = None,
    without_dois: Path | None = None,
    columns: tuple[str, ...] = (),
    benchmark: Path | None = None,
    ngram_length: int = 13,
    similarity: float = 0.8,
    validation_share: float = 0.1,
    seed: int = 42,
    skip_unreadable: bool = False,
    state: Path = Path(".state"),
) -> None:
    """Builds a corpus: chosen sections, filtered, without copies and without the benchmark's texts.

    Folders are read with all below them: articles in JATS or TEI (.xml, .nxml), plain text (.txt,
    UTF-8), JSON lines and Parquet, also compressed (.gz, .bz2, .xz, .zst). Texts are normalised to
    Unicode's NFC; references, citation markers, tables, figures and formulas of XML are dropped.

    What was read is kept when the command stops; the same command goes on behind it.

    Args:
        sources: Folders, or data sets on the Hugging Face Hub as ID[:CONFIGURATION][#REVISION]; of
            duplicates the first in this order stays.
        corpus: Output folder of train.jsonl, validation.jsonl, the card (README.md) and a list of
            all that was left out (removed.csv).
        sections: Sections that make a document's text; plain text and the column text are not
            divided, and are taken whole if the body is chosen.
        years: Years of publication to take, FIRST:LAST, FIRST:, :LAST or a single one; documents
            without a year are left out.
        languages: Languages to take, as the sources name them (en, or eng); documents without a
            language are left out.
        dois: File of the only DOIs to take, one a line.
        without_dois: File of DOIs to leave out, one a line.
        columns: Columns of JSON lines and Parquet that are named otherwise, like
            year=publication_year; known are text, title, abstract, body, doi, year, language,
            license.
        benchmark: Folder of the benchmark's cases, as in data/brainbench: documents with the DOI
            of a case, or with a run of words of its abstract, are left out.
        ngram_length: Length of such a run in words.
        similarity: Share of all word 5-grams that two documents have in common (Jaccard
            similarity) from which the later one is left out as a near-duplicate, 0.7 to 1.
        validation_share: Share of documents that go into the validation split.
        seed: Seed of the split, which depends on nothing else but the document's DOI, or its text
            where it has none.
        skip_unreadable: Leave out files of folders that cannot be read, and list them, instead of
            ending there; a damaged file with several documents is read up to the damage.
        state: Folder of what was read so far.

    Raises:
        InputError: A source is missing, empty or bad, an option is out of range, or a split is
            empty in the end.
    """
    from components.dataset.corpus.building import read, write
    from components.dataset.corpus.near_duplicates import find_duplicates
    from components.dataset.corpus.selection import Selection
    from components.dataset.corpus.sources import chosen_columns, source_files
    from components.dataset.corpus.state import opened_state
    from components.formats.corpus_card import FILES, write_corpus_card

    if not sources or not sections:
        raise InputError(f"no {'sections' if sources else 'sources'}: expected at least one")
    check_range("similarity", similarity, at_least=LEAST_SIMILARITY, at_most=1)
    parsed = [parse_data_set(source) for source in sources]
    _check_output(corpus, parsed, files=FILES)
    selection = Selection(
        sections=sections,
        years=years,
        languages=languages,
        dois=dois,
        without_dois=without_dois,
        benchmark=benchmark,
        ngram_length=ngram_length,
        validation_share=validation_share,
        seed=seed,
    )
    settings: dict[str, Any] = {
        "sections": " ".join(sections),
        "years": years,
        "languages": " ".join(languages),
        "dois": dois and dois.name,
        "without_dois": without_dois and without_dois.name,
        "columns": " ".join(columns),
        "benchmark": benchmark and benchmark.name,
        "ngram_length": ngram_length,
        "similarity": similarity,
        "validation_share": validation_share,
        "seed": seed,
    }
    inputs = [file for file in (dois, without_dois) if file]
    inputs += benchmark.glob("*.csv") if benchmark else []
    inputs += code_files("dataset/corpus", *READERS)
    key = state_key(settings | {"sources": sources}, files=inputs)
    settings["skip_unreadable"] = skip_unreadable  # not in the key: what was read stays so
    with folder_lock(state / key), opened_state(state / key / "read.sqlite") as so_far:
        opened = [source_files(source, columns=chosen_columns(columns)) for source in parsed]
        files = chain.from_iterable(each for _, each in opened)
        read(files, so_far, selection.prepare, skip_unreadable=skip_unreadable)
        find_duplicates(so_far, at_least=similarity)
        revisions = (revision for revision, _ in opened)
        names = list(zip(map(_shown, parsed), revisions, strict=True))
        record = so_far.record(sources=names, settings=settings)
        with written_folder(corpus) as folder:
            write(so_far, record, folder)
            write_corpus_card(folder, record)
    shutil.rmtree(state / key)
    rows = [(record.read, "read")]
    rows += [(-number, reason) for reason, number in record.reasons.items()]
    rows += [(size.documents, f"in {split}") for split, size in record.splits.items()]
    for number, what in rows:
        print(f"{number:>14,}  {what}")  # noqa: T201


def _check_output(corpus: Path, sources: list[Source], *, files: Collection[str]) -> None:
    """Refuses an output that is part of a source, or would replace more than an earlier corpus."""
    for source in sources:
        if source.folder and corpus.resolve().is_relative_to(source.folder.resolve()):
            raise InputError(f"{corpus} lies in the source {source}: expected another place")
    found = {file.name for file in corpus.iterdir()} if corpus.exists() else set()
    if others := sorted(found - set(files)):
        raise InputError(
            f"{corpus} holds {others[0]}: expected nothing, or a corpus, which is replaced"
        )
    corpus.parent.mkdir(parents=True, exist_ok=True)  # fails now rather than after hours


def _shown(source: Source) -> str:
    """A source's name in the card: of a folder the last part, as paths may name persons."""
    return source.folder.resolve().name if source.folder else str(source)
