import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.dataset.corpus.documents import (
    Document,
    language_of,
    license_of,
    normalised_doi,
    normalised_text,
    year_of,
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("re\u0301sume\u0301", "résumé"),
        ("10⁻³ m² ½", "10⁻³ m² ½"),  # NFKC would say 10-3 m2 1⁄2
        ("ﬁne eﬀect", "fine effect"),
        ("soft\u00adhyphen zero\u200bwidth \ufeffmark", "softhyphen zerowidth mark"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # a joiner is part of the word
        ("a\u00a0b\u2009c\td", "a b c d"),
        ("a\r\nb \r c\u2028d", "a\nb\nc\nd"),
        (" a\n \n\n b ", "a\n\nb"),
        ("bell\x07 and\x00 nul", "bell and nul"),
        ("\x1e", ""),
        ("e\u200b\u0301", "é"),
    ],
)
def test_a_text_has_one_form(text, normal):
    assert normalised_text(text) == normal


@given(st.text())
def test_a_normal_text_stays_as_it_is(text):
    normal = normalised_text(text)
    assert normalised_text(normal) == normal


@pytest.mark.parametrize(
    "text", ["10.1234/AB.1", "https://doi.org/10.1234/ab.1", " doi:10.1234/Ab.1. "]
)
def test_a_doi_is_one_however_written(text):
    assert normalised_doi(text) == "10.1234/ab.1"


@pytest.mark.parametrize("text", [None, "", "PMC123", "10.12/x", "https://doi.org/"])
def test_other_identifiers_are_no_doi(text):
    assert normalised_doi(text) is None


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2015", 2015),
        ("3 Feb 2015", 2015),
        ("2015-02-03T00:00", 2015),
        ("20150203", 2015),
        ("20150203T000000", 2015),
        ("20159903", None),
        ("120150203", None),
        ("", None),
    ],
)
def test_a_year_is_found_in_a_date(text, year):
    assert year_of(text) == year


def test_a_language_is_the_first_part_of_its_tag():
    assert [language_of(each) for each in ("en-US", "EN", "pt_BR", "", None)] == [
        *("en", "en", "pt"),
        *(None, None),
    ]


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        (["http://creativecommons.org/licenses/by-nc-nd/4.0/"], "cc-by-nc-nd-4.0"),
        (["https://creativecommons.org/publicdomain/zero/1.0/"], "cc0-1.0"),
        (["open-access", "see creativecommons.org/licenses/by/2.0"], "cc-by-2.0"),
        (["CC BY 4.0"], "cc-by-4.0"),
        (["CC-BY-NC-SA"], "cc-by-nc-sa"),
        (["CC0"], "cc0-1.0"),
        ([None, " ", "All rights\n reserved"], "All rights reserved"),
        (["success by 4.0"], "success by 4.0"),
        ([], None),
    ],
)
def test_a_licence_has_the_hubs_name(texts, name):
    assert license_of(texts) == name


def test_sections_stand_in_the_order_of_an_article():
    document = Document({"body": "c", "title": "a", "abstract": " "}, where="x")
    assert document.text(("body", "abstract", "title")) == "a\n\nc"


def test_a_text_that_is_not_divided_is_taken_whole_or_not_at_all():
    document = Document({"abstract": "b"}, where="x", whole="a b c")
    assert document.text(("abstract", "body")) == "a b c"
    assert document.text(("abstract",)) == "b"
