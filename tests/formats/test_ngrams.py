import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from components.formats.ngrams import ngrams, words


def defined_words(text):
    """Words by their definition."""
    return [word.encode() for word in re.findall(r"[^\W_]+", text.casefold())]


@settings(max_examples=30)
@given(st.text())
@example("Straße STRASSE İstanbul \ud800 ŉ µ-opioid x\x1cy 5\u2009mV")
def test_words_are_runs_of_letters_and_digits_case_folded(text):
    assert words(text) == defined_words(text)


def test_every_character_is_part_of_a_word_or_parts_words_as_defined():
    for block in range(0, 0x40000, 512):  # no plane above has a letter or digit
        text = "".join(f"a{chr(code)}b " for code in range(block, block + 512))
        assert words(text) == defined_words(text)


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (2, [(b"a", b"b"), (b"b", b"c")]),
        (3, [(b"a", b"b", b"c")]),
        (13, [(b"a", b"b", b"c")]),  # a shorter text is one n-gram
    ],
)
def test_ngrams_are_all_runs_of_words(length, expected):
    assert ngrams([b"a", b"b", b"c"], length=length) == expected
