"""Questions: the pairs of texts between which a model chooses."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from components.brainbench.contexts import Pair, make_pairs
from components.formats.cases import Author, Case
from components.formats.scores import Context

TEXTS: dict[Context, str] = {
    "full": "whole abstracts",
    "isolated": "single sentences",
    "swapped": "abstracts with swapped sentences",
}


class Questions(NamedTuple):
    """The pairs of one author in one context.

    Attributes:
        author: Author of the cases.
        context: Scored part of the abstracts.
        cases: The author's cases.
        pairs: The texts.
        altered_first: Whether the published layout calls the altered version A, shape
            (len(pairs),).
    """

    author: Author
    context: Context
    cases: Sequence[Case]
    pairs: Sequence[Pair]
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


def make_questions(
    benchmark: Mapping[Author, Sequence[Case]],
    *,
    contexts: Sequence[Context],
    faithful: bool,
    seed: int,
) -> list[Questions]:
    """The pairs of every author in every context.

    Args:
        benchmark: Cases by author.
        contexts: Parts of the abstracts to score.
        faithful: Whether versions are read and swapped as published.
        seed: Random seed of swapping and of the order of A and B.

    Raises:
        InputError: A journal section has too few cases to swap sentences between.
    """
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
