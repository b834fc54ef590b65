"""Scores: perplexities of both versions of every pair of texts, and the accuracy."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from components.brainbench.contexts import Pair
from components.formats.cases import Author, Case
from components.formats.scores import Context, Score


def accuracy(perplexities: NDArray[np.float64]) -> float:
    """Share of pairs whose original has the lower perplexity; a tie counts as wrong.

    Args:
        perplexities: Shape (num_pairs, 2), at least one pair: original, altered.

    Returns:
        From 0 to 1.
    """
    return float((perplexities[:, 0] < perplexities[:, 1]).mean())


def make_score(
    pair: Pair,
    *,
    author: Author,
    case: Case,
    perplexities: tuple[float, float],
    num_tokens: tuple[int | None, int | None],
) -> Score:
    """The score of a pair.

    Args:
        pair: The texts.
        author: Author of the case.
        case: The case.
        perplexities: Perplexity of the original and the altered text.
        num_tokens: Number of tokens that each averages over; None if unknown.
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
        correct=original < altered,  # a tie is wrong
    )


def print_accuracy(shares: Mapping[Context, Mapping[Author, float]]) -> None:
    """Prints the accuracy in each context, by author of the cases."""
    for context, authors in shares.items():
        for author, share in authors.items():
            print(f"{context}, {author}-made cases: accuracy {share:.3f}")  # noqa: T201
