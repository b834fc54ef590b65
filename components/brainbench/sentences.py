"""Sentences of an abstract with both versions in one text."""

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

Span = tuple[int, int]


def sentences(text: str) -> list[str]:
    """The sentences of a text, without the space between them.

    Args:
        text: May contain both versions of an abstract, with choices as `[[original, altered]]`.
    """
    return [text[start:end] for start, end in _spans(text)]


def parts(case: Case) -> Iterator[str | Case]:
    """Splits a case into the sentences that contain its choices and the text around them.

    Args:
        case: The case. No sentence ends within a choice.

    Yields:
        In the order of the text, sentences with choices as cases of their own, and the text
        between them. Joined, they are the whole text.
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


def _spans(text: str) -> list[Span]:
    return list(_punkt().span_tokenize(text))


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
    for start, end in _spans(text):
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
