"""Cases and token readings that tests make."""

import itertools

from hypothesis import strategies as st

from components.formats.cases import Case, Choice
from components.formats.readings import CaseReading, VersionReading


def make_case(*parts, number=0):
    """A case of literal texts and, between them, pairs of original and altered."""
    literals, choices = parts[::2], [Choice(*pair) for pair in parts[1::2]]
    brackets = tuple(f"[[{choice.original}, {choice.altered}]]" for choice in choices)
    return Case(f"10.1/x.{number}", "Brooks", tuple(literals), brackets, tuple(choices))


def make_version(*tokens):
    """A version's tokens, given as (start, end, log-probability)."""
    return VersionReading(*map(list, zip(*tokens, strict=True)))


def words_as_tokens(text, values):
    """A token a word with the space before it, the first not counted; values in turn."""
    ends = [place for place in range(1, len(text) + 1) if text[place : place + 1] in ("", " ")]
    spans = itertools.pairwise(ends)
    return make_version(*((*span, values[n % len(values)]) for n, span in enumerate(spans)))


def read_words(case, original=(-1.0,), altered=(-2.0,), *, author="human", number=0):
    """A reading of a case word by word."""
    return CaseReading(
        author,
        number,
        words_as_tokens(case.original, original),
        words_as_tokens(case.altered, altered),
    )


TEXT = st.text(alphabet="ab-µ .\n🧠", max_size=12)
# Sums of these are exact in floating point.
VALUE = st.integers(-4096, 0).map(lambda value: value / 64)


@st.composite
def any_reading(draw):
    """Any case, both versions cut anywhere, as tokenizers of any kind might."""
    count = draw(st.integers(1, 3))
    parts = [draw(TEXT)]
    for _ in range(count):
        parts += [(draw(TEXT), draw(TEXT)), draw(TEXT)]
    case = make_case("The " + parts[0], *parts[1:-1], parts[-1] + " end")
    return case, CaseReading("human", 0, _cut(draw, case.original), _cut(draw, case.altered))


def _cut(draw, text):
    cuts = draw(st.lists(st.integers(0, len(text)), max_size=20))
    ends = sorted({*cuts, len(text)} - {0})
    tokens = [(0, 0, draw(VALUE)) for _ in range(draw(st.integers(0, 2)))]  # a prompt's
    for start, end in itertools.pairwise([0, *ends]):
        bare = start + len(text[start:end]) - len(text[start:end].lstrip())
        begin = draw(st.sampled_from([start, bare]))  # offsets with or without leading space
        # Several tokens with the same span are the bytes of one character.
        tokens += [(begin, end, draw(VALUE)) for _ in range(draw(st.integers(1, 2)))]
    return make_version(*tokens)
