"""Perplexities of a context: the whole abstracts, their single sentences, or swapped ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.figures.rows import Row, read_rows
from components.figures.statistics.arrays import Booleans, Floats, Integers
from components.figures.statistics.choices import choices
from components.formats.cases import Case
from components.runtime.errors import InputError

CONTEXTS = ("full", "isolated", "swapped")
COLUMNS = ("author", "case", "doi", "original_perplexity", "altered_perplexity", "correct")


@dataclass(frozen=True, eq=False)
class Perplexities:
    """How surprising a model finds both versions of every text of one author's cases.

    Attributes:
        values: Of the original and of the altered version, shape (num_pairs, 2).
        cases: Each pair's case from 0, ascending, shape (num_pairs,); of whole abstracts every
            case once, of single sentences as often as it has some.
    """

    values: Floats
    cases: Integers

    @property
    def correct(self) -> Booleans:
        """Whether the original is preferred, shape (num_pairs,)."""
        return choices(self.values)


def read_perplexities(
    file: Path, *, cases: Mapping[str, Sequence[Case]], sentences: bool = False
) -> dict[str, Perplexities]:
    """The perplexities in a file of one context, by who made the cases.

    Args:
        file: CSV file in UTF-8 with the columns of `COLUMNS`, and `sentence` where it is of those.
        cases: The benchmark's cases by who made them.
        sentences: Whether a row is a sentence rather than a case.

    Raises:
        InputError: The file is missing or bad, its rows are of other cases, a case of an author
            is missing or twice, or a choice is not what its perplexities say.
    """
    columns = (*COLUMNS, "sentence") if sentences else COLUMNS
    found: dict[str, dict[tuple[int, int], tuple[float, float]]] = {}
    for row in read_rows(file, columns=columns):
        author, number = _case(row, cases)
        place = (number, row.integer("sentence") if sentences else 0)
        pairs = found.setdefault(author, {})
        if place in pairs:
            raise InputError(f"{author}-made case {number} a second time: {row.where}")
        pairs[place] = _pair(row)
    if not sentences:
        for author, pairs in found.items():
            if len(pairs) != len(cases[author]):
                told = f"{len(pairs)} {author}-made cases in {file}"
                raise InputError(f"{told}: expected the benchmark's {len(cases[author])}")
    return {author: _arrays(found[author]) for author in cases if author in found}


def _case(row: Row, cases: Mapping[str, Sequence[Case]]) -> tuple[str, int]:
    author, number = row.choice("author", tuple(cases)), row.integer("case")
    if number >= len(cases[author]) or row.text("doi") != cases[author][number].doi:
        raise InputError(f"no such {author}-made case in the benchmark: {row.where}")
    return author, number


def _pair(row: Row) -> tuple[float, float]:
    original, altered = (row.number(f"{name}_perplexity") for name in ("original", "altered"))
    if min(original, altered) <= 0:
        raise InputError(f"a perplexity of {min(original, altered)}, expected above 0: {row.where}")
    if row.outcome("correct") != (original < altered):
        raise InputError(f"correct is not what the perplexities say: {row.where}")
    return original, altered


def _arrays(pairs: Mapping[tuple[int, int], tuple[float, float]]) -> Perplexities:
    places = sorted(pairs)
    return Perplexities(
        values=np.array([pairs[place] for place in places], dtype=np.float64),
        cases=np.array([case for case, _ in places], dtype=np.int64),
    )
