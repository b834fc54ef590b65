"""Overlap of the cases with the training corpus: `cases.csv` and `metrics.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import NonNegativeInt

from components.formats.cases import Author, Case
from components.formats.json_file import Number, read_json, write_record
from components.formats.table import Flag, read_rows, write_rows
from components.runtime.errors import InputError

CASES, METRICS = "cases.csv", "metrics.json"
SUMS = (
    *("clean", "ngrams", "found"),
    *("result_ngrams", "result_found", "altered_ngrams", "altered_found"),
)


class CaseOverlap(NamedTuple):
    """What the corpus holds of a case; one row of `cases.csv`."""

    author: Author
    case: NonNegativeInt  # its row in the author's file, from 0
    doi: str
    ngrams: NonNegativeInt  # distinct n-grams of the original
    found: NonNegativeInt  # how many of them the corpus holds
    share: Number  # of them
    longest: NonNegativeInt  # words that it shares with one document; 0 if fewer than an n-gram
    result_ngrams: NonNegativeInt  # those that the altered version has not: of the result
    result_found: NonNegativeInt
    altered_ngrams: NonNegativeInt  # of the altered version that the original has not
    altered_found: NonNegativeInt
    # The first document that holds an n-gram of the original, its number in the corpus, from 1;
    # None for none
    document: NonNegativeInt | None
    clean: Flag  # whether the corpus holds no n-gram of the original


@dataclass(frozen=True)
class OverlapMetrics:
    """What was searched, and how much was found in all: `metrics.json`."""

    ngram_length: NonNegativeInt  # words an n-gram
    documents: NonNegativeInt  # documents that were searched
    words: NonNegativeInt  # words that were searched
    num_cases: dict[Author, NonNegativeInt]  # by who made them, like everything below
    clean: dict[Author, NonNegativeInt]  # cases of which the corpus holds no n-gram
    ngrams: dict[Author, NonNegativeInt]  # sum over the cases, like everything below
    found: dict[Author, NonNegativeInt]  # n-grams that the corpus holds
    result_ngrams: dict[Author, NonNegativeInt]  # those of the original only
    result_found: dict[Author, NonNegativeInt]  # how many of them the corpus holds
    altered_ngrams: dict[Author, NonNegativeInt]  # those of the altered version only
    altered_found: dict[Author, NonNegativeInt]  # how many of them the corpus holds


def write_overlap(
    folder: Path,
    rows: Sequence[CaseOverlap],
    *,
    ngram_length: int,
    num_documents: int,
    num_words: int,
) -> OverlapMetrics:
    """Writes what was found of every case, and returns how much that is in all."""
    authors = {row.author: [each for each in rows if each.author == row.author] for row in rows}
    metrics = OverlapMetrics(
        ngram_length=ngram_length,
        documents=num_documents,
        words=num_words,
        num_cases={author: len(own) for author, own in authors.items()},
        **{
            name: {
                author: sum(getattr(row, name) for row in own) for author, own in authors.items()
            }
            for name in SUMS
        },
    )
    write_rows(folder / CASES, CaseOverlap, rows)
    write_record(folder / METRICS, metrics)
    return metrics


def read_ngram_length(folder: Path) -> int:
    """Words an n-gram of the search."""
    return read_json(folder / METRICS, OverlapMetrics).ngram_length


def read_clean(
    folder: Path, *, cases: Mapping[Author, Sequence[Case]]
) -> dict[Author, NDArray[np.bool_]]:
    """Whether the corpus holds no n-gram of each case, by who made the cases.

    Raises:
        InputError: The file is missing or bad, or its rows are not the benchmark's cases.
    """
    file = folder / CASES
    found = {(row.author, row.case, row.doi): row.clean for row in read_rows(file, CaseOverlap)}
    expected = [
        (author, number, case.doi)
        for author, made in cases.items()
        for number, case in enumerate(made)
    ]
    if sorted(found) != sorted(expected):
        raise InputError(f"other cases in {file}: expected the benchmark's {len(expected)}")
    return {
        author: np.array([found[author, number, case.doi] for number, case in enumerate(made)])
        for author, made in cases.items()
    }
