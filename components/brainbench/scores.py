"""Scores: a model's perplexities of both versions of every pair of texts."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from components.brainbench.contexts import Pair
from components.formats.cases import Case
from components.runtime.atomic import written_file


class Score(NamedTuple):
    """A pair of texts and a model's perplexities of them; one row of `full.csv` and its like."""

    author: str
    case: int
    sentence: int | None
    doi: str
    journal_section: str
    original_perplexity: float
    altered_perplexity: float
    original_tokens: int | None
    altered_tokens: int | None
    correct: int


def make_score(
    pair: Pair,
    *,
    author: str,
    case: Case,
    perplexities: tuple[float, float],
    num_tokens: tuple[int | None, int | None],
) -> Score:
    """A pair's row.

    Args:
        pair: The texts.
        author: Who made the case.
        case: The case.
        perplexities: Of the original and the altered text.
        num_tokens: Over which each averages; None where nobody knows.
    """
    original, altered = perplexities
    return Score(
        author=author,
        case=pair.case,
        sentence=pair.sentence,
        doi=case.doi,
        journal_section=case.journal_section,
        original_perplexity=original,
        altered_perplexity=altered,
        original_tokens=num_tokens[0],
        altered_tokens=num_tokens[1],
        correct=int(original < altered),  # a tie is wrong
    )


def write_scores(file: Path, scores: Sequence[Score]) -> None:
    """Writes scores as CSV with a header, perplexities in full precision.

    The column `sentence` is left out where no score is of a sentence.
    """
    whole = all(score.sentence is None for score in scores)
    columns = [name for name in Score._fields if not (whole and name == "sentence")]
    with written_file(file) as partial, partial.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([getattr(score, name) for name in columns] for score in scores)


def print_accuracy(shares: Mapping[str, Mapping[str, float]]) -> None:
    """Tells a person the accuracy in each context by who made the cases."""
    for context, authors in shares.items():
        for author, share in authors.items():
            print(f"{context}, {author}-made cases: accuracy {share:.3f}")  # noqa: T201
