"""Papers of a made-up field in the forms in which real ones come."""

ABSTRACT = "Ondrels follow the tide, and their mouths open with it."
DOCTYPE = (
    '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD v1.2'
    ' 20190208//EN" "JATS-archivearticle1.dtd">'
)
# As PubMed Central and publishers write articles.
JATS = """<?xml version="1.0" encoding="UTF-8"?>
{doctype}
<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML"
 article-type="research-article"{attributes}><?properties open_access?>
<front>
<journal-meta><issn pub-type="epub">0000-0000</issn></journal-meta>
<article-meta>
<article-id pub-id-type="pmid">17</article-id><article-id pub-id-type="doi">{doi}</article-id>
<article-categories><subj-group><subject>Research</subject></subj-group></article-categories>
<title-group><article-title>Tides &amp; <italic>mirrel</italic> mouths<xref ref-type="fn"
 rid="fn1">*</xref></article-title></title-group>
<pub-date pub-type="collection"><year>{later}</year></pub-date>
<pub-date pub-type="epub"><day>3</day><month>2</month><year>{year}</year></pub-date>
<history><date date-type="received"><year>1999</year></date></history>
<permissions><license license-type="open-access" xlink:href="{terms}"><license-p>Free.</license-p>
</license></permissions>
<abstract abstract-type="graphical"><p>A picture.</p></abstract>
<abstract><title>Abstract</title>{abstract}</abstract>
<trans-abstract xml:lang="fr"><p>En bref.</p></trans-abstract>
<kwd-group><kwd>tide</kwd></kwd-group>
</article-meta>
</front>
<body>{body}</body>
<back><ack><p>Thanks.</p></ack><ref-list><ref id="b1"><mixed-citation>A reference.</mixed-citation>
</ref></ref-list></back>
<sub-article article-type="reply"><body><p>A reply.</p></body></sub-article>
</article>"""
# As GROBID writes what it reads in a PDF.
TEI = """<?xml version="1.0" encoding="UTF-8"?>
<TEI xml:space="preserve" xmlns="http://www.tei-c.org/ns/1.0">
<teiHeader xml:lang="{language}"><fileDesc>
<titleStmt><title level="a" type="main">The beat of the pelloch</title></titleStmt>
<publicationStmt><publisher/><availability status="unknown"><licence/></availability>
<date type="published" when="{date}">then</date></publicationStmt>
<sourceDesc><biblStruct><analytic><title level="a" type="main">The beat of the pelloch</title>
<idno type="DOI">{doi}</idno></analytic><monogr><imprint><date/></imprint></monogr></biblStruct>
</sourceDesc></fileDesc>
<profileDesc><abstract><div><p>{abstract}</p></div></abstract></profileDesc></teiHeader>
<text><body>{body}</body>
<back><div type="references"><listBibl><biblStruct xml:id="b0"><analytic>
<title>A reference.</title></analytic><idno type="DOI">10.9999/other</idno></biblStruct></listBibl>
</div></back></text></TEI>"""


def jats(
    *,
    doi="10.1234/AB.1",
    abstract=f"<p>{ABSTRACT}</p>",
    body="<p>The body says more.</p>",
    year=2015,
    terms="http://creativecommons.org/licenses/by/4.0/",
    doctype=DOCTYPE,
    attributes=' xml:lang="en"',
):
    """An article in JATS."""
    later = year + 1
    return JATS.format(**locals())


def tei(
    *,
    doi="10.5555/pelloch.2",
    abstract="<s>The pelloch beats.</s><s>It slows.</s>",
    body="<div><head>Methods</head><p>We listened.</p></div>",
    date="2018-05-01",
    language="en",
):
    """An article in TEI."""
    return TEI.format(**locals())
