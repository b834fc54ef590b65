import csv
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.brainbench.sentences import (
    choice_sentences,
    parts,
    published_sentences,
    published_versions,
    sentences,
)
from components.formats.cases import Case, Choice, read_cases

WORDS = st.lists(
    st.sampled_from(["It", "rose", "fell. ", "vs. ", "C.", "Then", " ", "we", "did.", "\n", "(n)"]),
    max_size=8,
).map(" ".join)


@st.composite
def cases(draw):
    choices = draw(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4))
    literals = draw(st.lists(WORDS, min_size=len(choices) + 1, max_size=len(choices) + 1))
    return Case(
        "10.1/x",
        "Cells",
        tuple(literals),
        tuple(f"[[{one}, {other}]]" for one, other in choices),
        tuple(Choice(one, other) for one, other in choices),
    )


@settings(max_examples=50)
@given(cases())
def test_the_parts_joined_are_the_whole_and_each_choice_is_in_one_sentence(case):
    cut, sentences = list(parts(case)), choice_sentences(case)
    for version in ("original", "altered", "combined"):
        pieces = [part if isinstance(part, str) else getattr(part, version) for part in cut]
        assert "".join(pieces) == getattr(case, version)
    assert [choice for each in sentences for choice in each.choices] == list(case.choices)
    assert all(each.choices for each in sentences)
    assert not any("[[" in part for part in cut if isinstance(part, str))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "number", "digest"),
    [("Human", 488, "eae4ea557eaa9a7f"), ("GPT-4", 239, "aa3e5fdc7716e584")],
)
def test_the_published_cases_have_the_published_sentences(reference, name, number, digest):
    """The digest is of what NLTK's English Punkt model (punkt_tab) makes of the published file."""
    made = read_cases(reference / "brainbench" / f"BrainBench_{name}_v0.1.csv")
    text = "\n".join(each for case in made for each in sentences(case.combined))
    assert hashlib.sha256(text.encode()).hexdigest().startswith(digest)
    assert sum(len(published_sentences(case.combined)) for case in made) == number
    assert sum(len(choice_sentences(case)) for case in made) == number


def test_the_published_versions_are_those_of_the_published_columns(reference):
    for name in ("Human", "GPT-4"):
        with (reference / "brainbench" / f"BrainBench_{name}_v0.1.csv").open() as lines:
            for row in csv.DictReader(lines):
                expected = (row["original_abstract"], row["incorrect_abstract"])
                assert published_versions(row["combined_abstract"]) == expected


def test_published_versions_lose_what_stands_behind_a_second_comma():
    assert published_versions("In [[ a , b, c]] it") == ("In a it", "In b it")
