import pytest

from components.dataset.corpus.documents import Document
from components.dataset.corpus.selection import parse_years, read_dois, read_selection
from components.formats.cases import CaseRow, write_cases
from components.formats.ngrams import words
from components.runtime.errors import InputError

FLAGS = {
    "sections": ("body",),
    "years": None,
    "languages": (),
    "dois": None,
    "without_dois": None,
    "benchmark": None,
    "ngram_length": 5,
}
PAPER = Document({}, where="x", doi="10.1/a", year=2010, language="en")


def reason(document=PAPER, **flags):
    return read_selection(**{**FLAGS, **flags}).reason(document)


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
        ({}, {"years": "2010", "languages": ("en-US",)}, None),
        ({"year": 2009}, {"years": "2010:"}, "other year"),
        ({"year": None}, {"years": "2010:"}, "year unknown"),
        ({"year": None}, {}, None),
        ({"language": "de"}, {"languages": ("en", "fr")}, "other language"),
        ({"language": None}, {"languages": ("en",)}, "language unknown"),
    ],
)
def test_a_reason_says_what_is_not_asked_for_or_not_known(known, flags, expected):
    given = {"where": "x", "doi": None, "year": 2010, "language": "en"} | known
    assert reason(Document({}, **given), **flags) == expected


def test_lists_of_dois_take_and_leave_out(tmp_path):
    file = tmp_path / "dois.txt"
    file.write_text("\ufeffhttps://doi.org/10.1000/A\r\n\n10.1000/b\n", encoding="utf-8")
    listed, other = (Document({}, where="x", doi=doi) for doi in ("10.1000/a", "10.1000/c"))
    unknown = Document({}, where="x")
    assert [reason(each, dois=file) for each in (listed, other, unknown)] == [
        *(None, "DOI not listed", "DOI not listed"),
    ]
    assert [reason(each, without_dois=file) for each in (listed, other, unknown)] == [
        *("DOI excluded", None, None),
    ]


@pytest.mark.parametrize(
    ("content", "line"), [("\n", "no DOI in"), ("10.1000/a\nx\n", "'x': .*line 2")]
)
def test_a_file_without_dois_is_refused(tmp_path, content, line):
    (tmp_path / "dois.txt").write_text(content)
    with pytest.raises(InputError, match=line):
        read_dois(tmp_path / "dois.txt")


def test_texts_and_dois_of_the_benchmark_are_found(tmp_path):
    row = CaseRow(
        doi="https://doi.org/10.1000/Case",
        journal_section="Tides",
        original_abstract="In the water the mouth opened wide.",
        incorrect_abstract="In the water the mouth closed wide.",
        combined_abstract="In the water the mouth [[opened, closed]] wide.",
    )
    write_cases(tmp_path / "human.csv", [row])
    selection = read_selection(**{**FLAGS, "benchmark": tmp_path})
    assert selection.reason(Document({}, where="x", doi="10.1000/case")) == "DOI of the benchmark"
    for text, found in [
        ("It is: the MOUTH opened, wide in the water", None),
        ("so in the Water, the mouth closes", "in the water the mouth"),
        ("that water the mouth closed wide", "water the mouth closed wide"),
    ]:
        assert selection.benchmark_ngram(words(text)) == found
