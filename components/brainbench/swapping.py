"""Swapped context: sentences with choices are replaced by sentences from other abstracts."""

from collections.abc import Sequence

import numpy as np

from components.brainbench.published_text import has_choice
from components.brainbench.sentences import parts
from components.brainbench.sentences import sentences as cut
from components.formats.cases import Case
from components.runtime.errors import InputError


def swap(
    cases: Sequence[Case], number: int, *, sentences: Sequence[Sequence[Case]], seed: int
) -> tuple[str, str]:
    """A case's versions, each sentence with a choice replaced by one from another abstract.

    All come from different abstracts of the same journal section, drawn at random. The original
    version gets their original versions, the altered one their altered versions.

    Args:
        cases: All cases of an author.
        number: Number of the case, from 0; its draws do not depend on the number of cases.
        sentences: The sentences with choices of every case.
        seed: Random seed.

    Raises:
        InputError: The section has too few other cases.
    """
    section = cases[number].journal_section
    donors = [
        other
        for other, case in enumerate(cases)
        if case.journal_section == section and case.doi != cases[number].doi
    ]
    needed = len(sentences[number])
    if len(donors) < needed:
        raise _too_few(cases[number], found=len(donors), needed=needed)
    draw = np.random.default_rng([seed, number])
    chosen = iter(draw.choice(donors, size=needed, replace=False))
    original, altered = [], []
    for part in parts(cases[number]):
        if isinstance(part, str):
            original.append(part)
            altered.append(part)
        else:
            donor = sentences[next(chosen)]
            sentence = donor[int(draw.integers(len(donor)))]
            original.append(sentence.original)
            altered.append(sentence.altered)
    return "".join(original), "".join(altered)


def published_swap(
    cases: Sequence[Case],
    number: int,
    *,
    sentences: Sequence[Sequence[tuple[str, str]]],
    draw: np.random.RandomState,
) -> tuple[str, str]:
    """A case's versions with sentences swapped as published.

    The source abstract is drawn anew for each sentence, so two sentences may come from one
    abstract; sentences are joined by single spaces.

    Args:
        cases: All cases of an author.
        number: Number of the case, from 0.
        sentences: Versions of the sentences with choices of every case, as published.
        draw: The random generator of the whole run.

    Raises:
        InputError: The section has no sentence left to swap in.
    """
    section = cases[number].journal_section
    left = {
        str(other): list(sentences[other])
        for other, case in enumerate(cases)
        if case.journal_section == section and other != number
    }
    original, altered = [], []
    for sentence in cut(cases[number].combined):
        mine, yours = sentence, sentence
        if has_choice(sentence):
            mine, yours = _drawn(left, draw, case=cases[number])
        original.append(mine)
        altered.append(yours)
    return " ".join(original), " ".join(altered)


def _drawn(
    left: dict[str, list[tuple[str, str]]], draw: np.random.RandomState, *, case: Case
) -> tuple[str, str]:
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
