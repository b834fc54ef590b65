"""Questions: the pairs of texts between which a model chooses, and the scores of its choices."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from components.brainbench.contexts import Pair, make_pairs
from components.formats.cases import Author, Case
from components.formats.scores import Context, Score, ScoringRecord

TEXTS: dict[Context, str] = {
    "full": "whole abstracts",
    "isolated": "single sentences",
    "swapped": "abstracts with swapped sentences",
}


class Questions(NamedTuple):
    """The pairs of one author in one context."""

    author: Author  # of the cases
    context: Context  # scored part of the abstracts
    cases: Sequence[Case]  # the author's
    pairs: Sequence[Pair]
    # Whether the published layout calls the altered version A, shape (len(pairs),)
    altered_first: NDArray[np.bool_]

    @property
    def title(self) -> str:
        """What is asked, in words."""
        return f"BrainBench, {self.author}-made cases, {TEXTS[self.context]}"

    @property
    def texts(self) -> list[str]:
        """The original and the altered text of each pair in turn."""
        return [text for pair in self.pairs for text in (pair.original, pair.altered)]

    @property
    def names(self) -> list[str]:
        """A name of each of `texts`, for messages."""
        return [
            f"{version} of {self.author}-made case {pair.case} (counted from 0),"
            f" {self.cases[pair.case].doi}, {self.context}"
            for pair in self.pairs
            for version in ("original", "altered version")
        ]

    def scores(
        self,
        perplexities: Iterable[Sequence[float]],
        num_tokens: Iterable[Sequence[int | None]] | None = None,
    ) -> list[Score]:
        """One score per pair; a tie counts as wrong.

        Args:
            perplexities: Of the original and the altered text of each pair.
            num_tokens: Tokens that each averages over; None if unknown.
        """
        sizes = num_tokens or [(None, None)] * len(self.pairs)
        return [
            Score(
                author=self.author,
                case=pair.case,
                sentence=pair.sentence,
                doi=self.cases[pair.case].doi,
                journal_section=self.cases[pair.case].journal_section,
                original_perplexity=original,
                altered_perplexity=altered,
                original_tokens=original_tokens,
                altered_tokens=altered_tokens,
                correct=original < altered,
            )
            for pair, (original, altered), (original_tokens, altered_tokens) in zip(
                self.pairs, perplexities, sizes, strict=True
            )
        ]


def make_questions(
    benchmark: Mapping[Author, Sequence[Case]],
    *,
    contexts: Sequence[Context],
    faithful: bool,
    seed: int,
) -> list[Questions]:
    """The pairs of every author in every context; arguments and errors as of `make_pairs`."""
    return [
        Questions(
            author,
            context,
            cases,
            *make_pairs(cases, context=context, faithful=faithful, seed=seed),
        )
        for context in contexts
        for author, cases in benchmark.items()
    ]


def scoring_record(
    scores: Mapping[Context, Sequence[Score]],
    **known: Any,  # noqa: ANN401
) -> ScoringRecord:
    """How a model was scored, with the accuracies of its scores.

    Args:
        scores: By context.
        known: Other attributes of the record.
    """
    record = ScoringRecord(**known)
    for context, rows in scores.items():
        for author in dict.fromkeys(row.author for row in rows):
            right = [row.correct for row in rows if row.author == author]
            record.accuracy.setdefault(context, {})[author] = sum(right) / len(right)
            record.num_pairs.setdefault(context, {})[author] = len(right)
    return record


def print_accuracy(record: ScoringRecord) -> None:
    """Prints the accuracy in each context, by author of the cases."""
    for context, authors in record.accuracy.items():
        for author, share in authors.items():
            print(f"{context}, {author}-made cases: accuracy {share:.3f}")  # noqa: T201
