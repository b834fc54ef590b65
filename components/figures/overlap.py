"""Which cases the training corpus holds nothing of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.figures.record import read_json
from components.figures.rows import read_rows
from components.figures.statistics.arrays import Booleans
from components.formats.cases import Case
from components.runtime.errors import InputError


@dataclass(frozen=True, eq=False)
class Overlap:
    """What the training corpus holds of the cases.

    Attributes:
        clean: Whether the corpus shares no run of `ngram_length` words with a case's original, by
            who made the cases, each of shape (num_cases,).
        ngram_length: Words in a row.
        num_documents: Documents that were searched.
    """

    clean: dict[str, Booleans]
    ngram_length: int
    num_documents: int


def read_overlap(folder: Path, *, cases: Mapping[str, Sequence[Case]]) -> Overlap:
    """What the overlap stage found.

    Args:
        folder: Holds cases.csv and metrics.json.
        cases: The benchmark's cases by who made them.

    Raises:
        InputError: A file is missing or bad, or its rows are not the benchmark's cases.
    """
    file = folder / "cases.csv"
    found: dict[tuple[str, int, str], bool] = {}
    for row in read_rows(file, columns=("author", "case", "doi", "clean")):
        place = (row.choice("author", tuple(cases)), row.integer("case"), row.text("doi"))
        found[place] = row.outcome("clean")
    expected = [
        (author, number, case.doi)
        for author, made in cases.items()
        for number, case in enumerate(made)
    ]
    if sorted(found) != sorted(expected):
        raise InputError(f"other cases in {file}: expected the benchmark's {len(expected)}")
    metrics = read_json(folder / "metrics.json")
    return Overlap(
        clean={
            author: np.array([found[author, number, case.doi] for number, case in enumerate(made)])
            for author, made in cases.items()
        },
        ngram_length=metrics.integer("ngram_length"),
        num_documents=metrics.integer("documents"),
    )
