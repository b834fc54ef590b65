"""Contexts of scoring: whole abstracts, single sentences, or swapped sentences.

In the swapped context, sentences with choices are replaced by sentences from other abstracts.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from components.brainbench.sentences import (
    choice_sentences,
    has_choice,
    parts,
    published_sentences,
    published_versions,
    sentences,
)
from components.formats.cases import Case
from components.formats.scores import Context
from components.runtime.errors import InputError

Versions = tuple[str, str]  # original, altered


class Pair(NamedTuple):
    """Two versions of a text, between which a model chooses."""

    case: int  # row of its case, from 0
    # Number among the case's sentences with choices, from 0; None for an abstract
    sentence: int | None
    original: str  # as published
    altered: str  # with an altered result


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
        return lambda number: [published_versions(cases[number].combined)]
    found = [published_sentences(case.combined) for case in cases]
    if context == "isolated":
        return lambda number: found[number]
    return lambda number: [_published_swap(cases, number, found=found, draw=draw)]


def _corrected(
    cases: Sequence[Case], context: Context, seed: int
) -> Callable[[int], list[Versions]]:
    if context == "full":
        return lambda number: [(cases[number].original, cases[number].altered)]
    found = [choice_sentences(case) for case in cases]
    if context == "isolated":
        return lambda number: [(each.original, each.altered) for each in found[number]]
    return lambda number: [_swap(cases, number, found=found, seed=seed)]


def _swap(
    cases: Sequence[Case], number: int, *, found: Sequence[Sequence[Case]], seed: int
) -> Versions:
    """A case's versions, each sentence with a choice replaced by one from another abstract.

    All come from different abstracts of the same journal section. The draws of a case do not depend
    on the number of cases.
    """
    section = cases[number].journal_section
    donors = [
        other
        for other, case in enumerate(cases)
        if case.journal_section == section and case.doi != cases[number].doi
    ]
    needed = len(found[number])
    if len(donors) < needed:
        raise _too_few(cases[number], found=len(donors), needed=needed)
    draw = np.random.default_rng([seed, number])
    chosen = iter(draw.choice(donors, size=needed, replace=False))
    original = altered = ""
    for part in parts(cases[number]):
        if isinstance(part, Case):
            donor = found[next(chosen)]
            part = donor[int(draw.integers(len(donor)))]
        original += part if isinstance(part, str) else part.original
        altered += part if isinstance(part, str) else part.altered
    return original, altered


def _published_swap(
    cases: Sequence[Case],
    number: int,
    *,
    found: Sequence[Sequence[Versions]],
    draw: np.random.RandomState,
) -> Versions:
    """A case's versions with sentences swapped as published.

    The source abstract is drawn anew for each sentence, so two sentences may come from one
    abstract; sentences are joined by single spaces.
    """
    section = cases[number].journal_section
    left = {
        str(other): list(found[other])
        for other, case in enumerate(cases)
        if case.journal_section == section and other != number
    }
    versions = [
        _drawn(left, draw, case=cases[number]) if has_choice(each) else (each, each)
        for each in sentences(cases[number].combined)
    ]
    return " ".join(each[0] for each in versions), " ".join(each[1] for each in versions)


def _drawn(left: dict[str, list[Versions]], draw: np.random.RandomState, *, case: Case) -> Versions:
    """Removes a random sentence from those left and returns it."""
    while left:
        donor = draw.choice(list(left))
        if left[donor]:
            return left[donor].pop(draw.randint(len(left[donor])))
        del left[donor]
    raise _too_few(case, found=0, needed=1)


def _too_few(case: Case, *, found: int, needed: int) -> InputError:
    return InputError(
        f"{found} other abstracts in journal section '{case.journal_section}': expected"
        f" {needed} to swap sentences with {case.doi}, or no context 'swapped'"
    )
