import io
import re

import pytest
from hypothesis import given

from components.dataset.corpus.articles import articles
from components.runtime.errors import InputError
from tests.dataset.corpus.papers import ABSTRACT, DOCTYPE, jats, tei
from tests.fuzz import damaged_bytes, few_examples

EVERYTHING = ("title", "abstract", "body")


def read(xml, name="paper.xml"):
    content = xml if isinstance(xml, bytes) else xml.encode()
    return list(articles(io.BytesIO(content), name))


def body_of(paragraph):
    (article,) = read(jats(body=f"<p>{paragraph}</p>"))
    return article.text(("body",))


def test_what_jats_says_of_an_article_is_read():
    (article,) = read(jats())
    assert article.doi == "10.1234/ab.1"
    assert article.year == 2015  # the first of several
    assert article.language == "en"
    assert article.license == "cc-by-4.0"
    assert article.where == "paper.xml"


def test_what_tei_says_of_an_article_is_read():
    (article,) = read(tei(language="fr"))
    assert (article.doi, article.year, article.language) == ("10.5555/pelloch.2", 2018, "fr")
    assert article.license is None


def test_jats_is_read_without_what_is_no_running_text():
    body = """<sec><label>1</label><title>Methods</title><p>We measured<fig id="f1"><label>Figure
    1</label><caption><p>A caption.</p></caption></fig> in the
    water (<xref ref-type="fig" rid="f1">Figure 1</xref>).<!-- a comment --></p>
    <p>A list:<list><list-item><label>a</label><p>one</p></list-item></list></p>
    <table-wrap><table><tr><td>cell</td></tr></table></table-wrap>
    <fn-group><fn><p>A footnote.</p></fn></fn-group>
    <sec><title>Supporting information</title><supplementary-material><p>Data S1.</p>
    </supplementary-material></sec>
    <p>Here <inline-formula><alternatives><tex-math>\\alpha</tex-math><mml:math>
    <mml:mi>α</mml:mi></mml:math></alternatives></inline-formula> grew.</p></sec>"""
    (article,) = read(jats(body=body))
    blocks = ["Tides & mirrel mouths", ABSTRACT, "Methods"]
    blocks += ["We measured in the water (Figure 1).", "A list:", "one", "Here grew."]
    assert article.text(EVERYTHING).split("\n\n") == blocks


def test_a_structured_abstract_keeps_its_headings():
    parts = (
        "<sec><title>Aim</title><p>To see.</p></sec><sec><title>Result</title><p>Seen.</p></sec>"
    )
    (article,) = read(jats(abstract=parts))
    assert article.text(("abstract",)) == "Aim\n\nTo see.\n\nResult\n\nSeen."


def test_tei_is_read_without_what_is_no_running_text():
    body = """<div><head n="1">Results</head><p><s>It slowed <ref type="bibr">(Doe, 2001)</ref>,
    <ref type="bibr">[2,</ref> <ref type="bibr">3]</ref>.</s><s>See <ref type="figure">1</ref>.</s>
    <formula>x = y</formula></p></div><div><head>Figures</head><figure/></div><div><p>End.</p></div>
    <figure><head>Fig. 1</head><figDesc>A caption.</figDesc></figure>
    <note place="foot">A footnote.</note>"""
    (article,) = read(tei(body=body))
    blocks = ["The beat of the pelloch", "The pelloch beats. It slows.", "Results"]
    assert article.text(EVERYTHING).split("\n\n") == [*blocks, "It slowed. See 1.", "End."]


BIBR = '<xref ref-type="bibr" rid="b1">{}</xref>'


@pytest.mark.parametrize(
    ("before", "citations", "after"),
    [
        ("known [{}].", ["1"], "known."),
        ("known [{}, {}–{}] well", ["1", "2", "4"], "known well"),
        ("known<sup>{},{}</sup> well", ["1", "2"], "known well"),
        ("known {}.", ["12"], "known."),
        ("known ({}; {}).", ["Doe, 2001", "Roe et al., 2002"], "known."),
        ("{} found it", ["Doe et al. (2001)"], "Doe et al. (2001) found it"),
        ("Doe et al. ({}) found it", ["2001"], "Doe et al. found it"),
        ("known (see {} for more)", ["Doe, 2001"], "known (see Doe, 2001 for more)"),
        ("10<sup>−3</sup> of 10<sup>6</sup> cells<sup>a</sup>", [], "10⁻³ of 10⁶ cellsa"),
    ],
)
def test_marks_of_citations_go_and_sentences_stay(before, citations, after):
    assert body_of(before.format(*map(BIBR.format, citations))) == after


def test_a_file_may_hold_many_articles():
    texts = [jats(doi=f"10.1234/{n}").partition("\n")[2].replace(DOCTYPE, "") for n in range(3)]
    found = read(f"<pmc-articleset>{''.join(texts)}</pmc-articleset>", name="set.xml")
    assert [article.doi for article in found] == ["10.1234/0", "10.1234/1", "10.1234/2"]
    assert [article.where for article in found] == [
        "set.xml",
        "set.xml, article 2",
        "set.xml, article 3",
    ]


def test_a_file_of_many_articles_may_be_larger_than_any_of_them(monkeypatch):
    monkeypatch.setattr("components.dataset.corpus.articles.MOST_BYTES", 100_000)
    text = "<article><body><p>word</p></body></article>"
    assert len(read(f"<set>{text * 10_000}</set>")) == 10_000
    with pytest.raises(InputError, match="more than 0 MiB in one document: paper.xml"):
        read(f"<set><article><body>{'<p>word</p>' * 20_000}</body></article></set>")


def test_an_article_of_another_namespace_is_one():
    xml = jats(doctype="").replace(
        "<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/x/" ', 1
    )
    assert read(xml)[0].doi == "10.1234/ab.1"


def test_jats_without_a_language_is_in_that_of_its_dtd():
    assert read(jats(attributes=""))[0].language == "en"


def test_names_of_characters_are_read_without_the_dtd():
    assert body_of("5&nbsp;m &Beta; &mdash;") == "5 m Β —"


ENTITIES = "<!DOCTYPE article [{}]>"
LAUGHS = ENTITIES.format(
    '<!ENTITY a0 "lol">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
)
EXTERNAL = ENTITIES.format('<!ENTITY file SYSTEM "file:///etc/hostname">')


@pytest.mark.parametrize(
    ("xml", "line"),
    [
        (jats(doctype=LAUGHS, body="<p>&a9;</p>"), r"amplification factor exceeded\): paper.xml"),
        (
            jats(doctype=LAUGHS, attributes=' id="&a9;"'),
            r"amplification factor exceeded\): paper.xml",
        ),
        (
            jats(doctype=ENTITIES.format('<!ENTITY own "x">'), body="<p>&own;</p>"),
            "found &own;: pap",
        ),
        (jats(doctype=EXTERNAL, body="<p>&file;</p>"), "found &file;: paper.xml"),
        (jats(doctype="", body="<p>&unknown;</p>"), r"not XML \(.*\): paper.xml"),
        (jats().encode("latin-1", "xmlcharrefreplace").replace(b"more", b"m\xf6re"), "not XML"),
        (jats()[:-20], r"not XML \(.*, line \d+, column \d+\): paper.xml"),
        (b"", r"not XML \(no element found\): paper.xml"),
        (b"\x00\x01", "not XML"),
        ("<html><p>a</p></html>", r"expected article \(JATS\) or TEI, found html: paper.xml"),
        (jats(body="<p>" * 300 + "</p>" * 300), r"not XML \(Excessive depth.*\): paper.xml"),
        (jats(body=f"<p>{'a' * 11_000_000}</p>"), r"not XML \(.*Text node too long.*\): paper.xml"),
        (jats().replace("UTF-8", "klingon", 1), "not XML .*klingon"),
    ],
)
def test_what_is_no_article_is_refused_in_one_line(xml, line):
    with pytest.raises(InputError, match=line) as error:
        read(xml)
    assert len(str(error.value)) < 200
    assert "\n" not in str(error.value)


def test_entities_that_are_not_used_do_no_harm():
    assert read(jats(doctype=LAUGHS))[0].doi == "10.1234/ab.1"


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1", "UTF-8-sig"])
def test_an_encoding_that_is_declared_is_read(encoding):
    declared = re.sub("UTF-8", encoding.replace("-sig", ""), jats(body="<p>Übertrag</p>"), count=1)
    assert read(declared.encode(encoding))[0].text(("body",)) == "Übertrag"


@few_examples
@given(damaged_bytes(jats().encode()) | damaged_bytes(tei().encode()))
def test_a_damaged_article_is_read_or_refused_in_one_line(content):
    try:
        said = "".join(article.text(EVERYTHING) for article in read(content)).replace("\n\n", "")
    except InputError as error:
        said = str(error)
    assert not re.search("[\x00-\x1f]", said)
