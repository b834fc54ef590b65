"""Contexts of scoring: whole abstracts, single sentences, or swapped sentences."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from components.brainbench import published_text
from components.brainbench.sentences import choice_sentences
from components.brainbench.swapping import published_swap, swap
from components.formats.cases import Case
from components.formats.scores import Context

Versions = tuple[str, str]  # original, altered


class Pair(NamedTuple):
    """Two versions of a text, between which a model chooses.

    Attributes:
        case: Row of its case, from 0.
        sentence: Number among the case's sentences with choices, from 0; None for an abstract.
        original: As published.
        altered: With an altered result.
    """

    case: int
    sentence: int | None
    original: str
    altered: str


def make_pairs(
    cases: Sequence[Case], *, context: Context, faithful: bool, seed: int
) -> tuple[list[Pair], NDArray[np.bool_]]:
    """The pairs of a context, and which version of each the published layout calls A.

    Args:
        cases: Cases of one author, in the order of the file.
        context: `full`: whole abstracts; `isolated`: single sentences with a choice; `swapped`:
            abstracts in which each such sentence is replaced by one from another abstract of the
            same journal section.
        faithful: Whether versions are read and swapped as published.
        seed: Random seed of swapping and of the order of A and B; 42 as published.

    Returns:
        Pairs in the order of the cases, and whether A is the altered version, shape (len(pairs),).

    Raises:
        InputError: A journal section has too few cases to swap sentences between.
    """
    # The published order of A and B and its swaps come from this generator.
    draw = np.random.RandomState(seed)
    versions = _published(cases, context, draw) if faithful else _corrected(cases, context, seed)
    pairs, first = [], []
    for number in range(len(cases)):
        for sentence, (original, altered) in enumerate(versions(number)):
            place = sentence if context == "isolated" else None
            pairs.append(Pair(number, place, original, altered))
            first.append(draw.rand() > 0.5)
    return pairs, np.array(first, dtype=bool)


def _published(
    cases: Sequence[Case], context: Context, draw: np.random.RandomState
) -> Callable[[int], list[Versions]]:
    if context == "full":
        return lambda number: [published_text.published_versions(cases[number].combined)]
    sentences = [published_text.published_sentences(case.combined) for case in cases]
    if context == "isolated":
        return lambda number: sentences[number]
    return lambda number: [published_swap(cases, number, sentences=sentences, draw=draw)]


def _corrected(
    cases: Sequence[Case], context: Context, seed: int
) -> Callable[[int], list[Versions]]:
    if context == "full":
        return lambda number: [(cases[number].original, cases[number].altered)]
    sentences = [choice_sentences(case) for case in cases]
    if context == "isolated":
        return lambda number: [(each.original, each.altered) for each in sentences[number]]
    return lambda number: [swap(cases, number, sentences=sentences, seed=seed)]
