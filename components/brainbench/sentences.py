"""Sentences of an abstract with both versions in one text, and its versions as published.

As published means as https://github.com/braingpt-lovelab/matching_experts,
analyses/utils/data_utils.py, reads them, including its quirks.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from components.formats.cases import Case

if TYPE_CHECKING:
    from nltk.tokenize.punkt import PunktSentenceTokenizer

# Punkt (Kiss & Strunk 2006, Computational Linguistics 32:485) with the abbreviations of NLTK's
# English model that matter in BrainBench: with them it splits all 300 published abstracts as that
# model does, without a download.
ABBREVIATIONS = ("vs", "c")
CHOICE = re.compile(r"\[\[(.*?)\]\]")

Span = tuple[int, int]


def sentences(text: str) -> list[str]:
    """The sentences of a text, without the space between them.

    Args:
        text: May contain both versions of an abstract, with choices as `[[original, altered]]`.
    """
    return [text[start:end] for start, end in _punkt().span_tokenize(text)]


def parts(case: Case) -> Iterator[str | Case]:
    """Splits a case into the sentences that contain its choices and the text around them.

    Yields:
        In the order of the text, sentences with choices as cases of their own, and the text
        between them. Joined, they are the whole text; no sentence ends within a choice.
    """
    text, places, done = case.combined, _places(case), 0
    for start, end in _whole_spans(text, places):
        inside = [number for number, place in enumerate(places) if start <= place[0] < end]
        if not inside:
            continue
        if done < start:
            yield text[done:start]
        edges = [start, *(edge for number in inside for edge in places[number]), end]
        yield Case(
            doi=case.doi,
            journal_section=case.journal_section,
            literals=tuple(
                text[one:other] for one, other in zip(edges[::2], edges[1::2], strict=True)
            ),
            brackets=tuple(case.brackets[number] for number in inside),
            choices=tuple(case.choices[number] for number in inside),
        )
        done = end
    if done < len(text):
        yield text[done:]


def choice_sentences(case: Case) -> list[Case]:
    """The sentences that contain a case's choices, at least one, each as a case of its own."""
    return [part for part in parts(case) if isinstance(part, Case)]


def published_versions(combined: str) -> tuple[str, str]:
    """Original and altered version as published: the first two comma-separated parts of a choice.

    The text after a second comma is lost, brackets that do not close in the same line stay, and
    two choices of the same words count as one.
    """
    original = altered = combined
    for inside in CHOICE.findall(combined):
        first, second, *_ = [part.strip() for part in inside.split(",")]
        original = original.replace(f"[[{inside}]]", first)
        altered = altered.replace(f"[[{inside}]]", second)
    return original, altered


def has_choice(sentence: str) -> bool:
    """Whether a sentence counts as one with a choice, as published."""
    return "[[" in sentence and "]]" in sentence


def published_sentences(combined: str) -> list[tuple[str, str]]:
    """Original and altered version of every sentence with a choice, as published."""
    return [published_versions(each) for each in sentences(combined) if has_choice(each)]


@cache
def _punkt() -> "PunktSentenceTokenizer":
    """Made when it is first needed: NLTK takes seconds to import, and whole abstracts need none."""
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    parameters = PunktParameters()
    parameters.abbrev_types.update(ABBREVIATIONS)
    return PunktSentenceTokenizer(parameters)


def _places(case: Case) -> list[Span]:
    """Position of each choice in the text with both versions, including brackets."""
    places, at = [], 0
    for literal, bracket in zip(case.literals, case.brackets, strict=False):
        start = at + len(literal)
        at = start + len(bracket)
        places.append((start, at))
    return places


def _whole_spans(text: str, places: list[Span]) -> list[Span]:
    """Spans of the sentences, joined where a choice would be split."""
    whole: list[Span] = []
    for start, end in _punkt().span_tokenize(text):
        cut = any(first < start < last for first, last in places)
        if cut and whole:
            whole[-1] = (whole[-1][0], end)
        else:
            whole.append((start, end))
    # A choice that ends in a space may reach beyond its sentence.
    return [
        (start, max(end, *(last for first, last in places if start <= first < end), end))
        for start, end in whole
    ]
