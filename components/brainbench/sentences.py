"""Sentences of an abstract whose two versions are in one text."""

from collections.abc import Iterator

from components.formats.cases import Case

# Punkt (Kiss & Strunk 2006, Computational Linguistics 32:485) with the abbreviations of NLTK's
# English model that decide anything in BrainBench: with them it cuts all 300 published abstracts
# as that model does, and nothing has to be downloaded.
ABBREVIATIONS = ("vs", "c")

Span = tuple[int, int]


def sentences(text: str) -> list[str]:
    """The sentences of a text in their order, without the space between them.

    Args:
        text: May hold both versions of an abstract, each difference as `[[original, altered]]`.
    """
    return [text[start:end] for start, end in _spans(text)]


def parts(case: Case) -> Iterator[str | Case]:
    """A case cut into the sentences that hold its choices and the text around them.

    Args:
        case: What to cut. No sentence ends within a choice.

    Yields:
        In the order of the text, sentences with choices as cases of their own and the text
        between them. Joined, they are the whole.
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
    """The sentences that hold a case's choices, each as a case of its own, at least one."""
    return [part for part in parts(case) if isinstance(part, Case)]


def _spans(text: str) -> list[Span]:
    # Imported here: NLTK takes seconds, and whole abstracts are not cut.
    from nltk.tokenize.punkt import PunktParameters, PunktSentenceTokenizer

    parameters = PunktParameters()
    parameters.abbrev_types.update(ABBREVIATIONS)
    return list(PunktSentenceTokenizer(parameters).span_tokenize(text))


def _places(case: Case) -> list[Span]:
    """Where each choice stands in the text with both versions, brackets included."""
    places, at = [], 0
    for literal, bracket in zip(case.literals, case.brackets, strict=False):
        start = at + len(literal)
        at = start + len(bracket)
        places.append((start, at))
    return places


def _whole_spans(text: str, places: list[Span]) -> list[Span]:
    """The sentences' spans, joined where a choice would be cut."""
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
