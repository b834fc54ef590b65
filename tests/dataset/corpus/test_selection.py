import pytest

from components.dataset.corpus.documents import Document
from components.dataset.corpus.selection import Selection, parse_years
from components.formats.cases import CaseRow, write_cases
from components.formats.corpus_card import RemovedDocument
from components.runtime.errors import InputError

FLAGS = {
    "sections": ("body",),
    "years": None,
    "languages": (),
    "dois": None,
    "without_dois": None,
    "benchmark": None,
    "ngram_length": 5,
    "validation_share": 0.1,
    "seed": 42,
}


def reason(document, **flags):
    """Why a document is left out and what was found; None if it is taken."""
    outcome = Selection(**{**FLAGS, **flags}).prepare(document)
    return (outcome.reason, outcome.detail) if isinstance(outcome, RemovedDocument) else None


def paper(text="Some words.", **known):
    return Document({}, where="x", whole=text, **known)


@pytest.mark.parametrize(
    ("text", "years"),
    [("2002:2022", (2002, 2022)), ("2002:", (2002, 9999)), (":2022", (0, 2022)), ("7", (7, 7))],
)
def test_years_are_a_range_that_may_be_open(text, years):
    assert parse_years(text) == years


@pytest.mark.parametrize("text", ["", ":", "x", "2022:2002", "2002-2022", "2002:2004:2006"])
def test_other_years_are_refused(text):
    with pytest.raises(InputError, match=r"years .*: expected FIRST:LAST, like 2002:2022"):
        parse_years(text)


@pytest.mark.parametrize(
    ("known", "flags", "expected"),
    [
        ({"year": 2010, "language": "en"}, {"years": "2010", "languages": ("en-US",)}, None),
        ({"year": 2009}, {"years": "2010:"}, ("other year", "2009")),
        ({}, {"years": "2010:"}, ("year unknown", None)),
        ({}, {}, None),
        ({"language": "de"}, {"languages": ("en", "fr")}, ("other language", "de")),
        ({}, {"languages": ("en",)}, ("language unknown", None)),
        ({"text": " - "}, {}, ("no text in the chosen sections", None)),
    ],
)
def test_a_reason_says_what_is_not_asked_for_or_not_known(known, flags, expected):
    assert reason(paper(**known), **flags) == expected


def test_lists_of_dois_take_and_leave_out(tmp_path):
    file = tmp_path / "dois.txt"
    file.write_text("\ufeffhttps://doi.org/10.1000/A\r\n\n10.1000/b\n", encoding="utf-8")
    documents = [paper(doi=doi) for doi in ("10.1000/a", "10.1000/c", None)]
    unlisted = ("DOI not listed", None)
    assert [reason(each, dois=file) for each in documents] == [None, unlisted, unlisted]
    excluded = ("DOI excluded", None)
    assert [reason(each, without_dois=file) for each in documents] == [excluded, None, None]


@pytest.mark.parametrize(
    ("content", "line"), [("\n", "no DOI in"), ("10.1000/a\nx\n", "'x': .*line 2")]
)
def test_a_file_without_dois_is_refused(tmp_path, content, line):
    (tmp_path / "dois.txt").write_text(content)
    with pytest.raises(InputError, match=line):
        reason(paper(), dois=tmp_path / "dois.txt")


def test_texts_and_dois_of_the_benchmark_are_found(tmp_path):
    row = CaseRow(
        doi="https://doi.org/10.1000/Case",
        journal_section="Tides",
        original_abstract="In the water the mouth opened wide.",
        incorrect_abstract="In the water the mouth closed wide.",
        combined_abstract="In the water the mouth [[opened, closed]] wide.",
    )
    write_cases(tmp_path / "human.csv", [row])
    asked = paper(doi="10.1000/case")
    assert reason(asked, benchmark=tmp_path) == ("DOI of the benchmark", None)
    for text, found in [
        ("It is: the MOUTH opened, wide in the water", None),
        ("so in the Water, the mouth closes", "in the water the mouth"),
        ("that water the mouth closed wide", "water the mouth closed wide"),
    ]:
        expected = found and ("text of the benchmark", found)
        assert reason(paper(text), benchmark=tmp_path) == expected


def test_a_text_that_is_too_long_is_refused(monkeypatch):
    monkeypatch.setattr("components.dataset.corpus.selection.MOST_BYTES", 1 << 20)
    with pytest.raises(InputError, match="more than 1 MiB in one document: x"):
        reason(paper("a" * ((1 << 20) + 1)))
