"""The overlap stage."""

from pathlib import Path
from typing import Any

from components.formats.cases import read_benchmark
from components.formats.corpus import Split, documents
from components.overlap.overlaps import (
    Overlap,
    case_ngrams,
    overlaps,
    search_of,
    write_overlaps,
)
from components.overlap.search import Search
from components.runtime.atomic import write_json, written_folder
from components.runtime.errors import InputError
from components.runtime.progress import Progress

TRAINED_ON: Split = "train"  # the validation texts only measure perplexity
COUNTS = ("ngrams", "found", "result_ngrams", "result_found", "altered_ngrams", "altered_found")


def overlap(*, cases: Path, corpus: Path, overlap: Path, ngram_length: int = 13) -> None:
    """Finds what the training corpus already holds of every case: whole n-grams, word by word.

    Words are runs of letters and digits, case-folded. N-grams do not reach from one document into
    the next.

    Args:
        cases: Folder with human.csv and, where there is one, machine.csv: the cases that either
            made.
        corpus: Folder of the corpus, whose train.jsonl is read: models are not trained on
            validation.jsonl.
        overlap: Where cases.csv (what was found of every case) and metrics.json (how much in all)
            are written.
        ngram_length: Words an n-gram, 13 in Brown et al. 2020; an abstract of fewer words is one.

    Raises:
        InputError: The cases or the corpus are bad, a version of a case holds no word, or the
            length is less than 1.
    """
    if ngram_length < 1:
        raise InputError(f"ngram_length {ngram_length}: expected at least 1")
    versions = list(case_ngrams(read_benchmark(cases), length=ngram_length))
    search = search_of(versions)
    with Progress("search the corpus", total=None, unit="documents") as progress:
        for text in documents(corpus, TRAINED_ON):
            search.read(text)
            progress.advance()
    rows = overlaps(versions, search=search)
    metrics = {"ngram_length": ngram_length, **_metrics(rows, search)}
    with written_folder(overlap) as folder:
        write_overlaps(folder / "cases.csv", rows)
        write_json(folder / "metrics.json", metrics)
    for author, clean in metrics["clean"].items():
        num_cases = metrics["num_cases"][author]
        print(f"{author}-made cases: {clean} of {num_cases} share no {ngram_length} words in a row")  # noqa: T201


def _metrics(rows: list[Overlap], search: Search) -> dict[str, Any]:
    """What was read, and by author the number of cases, of clean ones, and of n-grams."""
    by_author: dict[str, list[Overlap]] = {}
    for row in rows:
        by_author.setdefault(row.author, []).append(row)
    return {
        "documents": search.num_documents,
        "words": search.num_words,
        "num_cases": {author: len(each) for author, each in by_author.items()},
        **{
            name: {
                author: sum(getattr(row, name) for row in each)
                for author, each in by_author.items()
            }
            for name in ("clean", *COUNTS)
        },
    }
