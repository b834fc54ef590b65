"""Scores: a model's perplexities of both versions of every pair of texts."""

from collections.abc import Mapping

from components.brainbench.contexts import Pair
from components.formats.cases import Author, Case
from components.formats.scores import Context, Score


def make_score(
    pair: Pair,
    *,
    author: Author,
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
        correct=original < altered,  # a tie is wrong
    )


def print_accuracy(shares: Mapping[Context, Mapping[Author, float]]) -> None:
    """Tells a person the accuracy in each context by who made the cases."""
    for context, authors in shares.items():
        for author, share in authors.items():
            print(f"{context}, {author}-made cases: accuracy {share:.3f}")  # noqa: T201
