"""Articles in XML, JATS of publishers and PubMed Central and TEI of GROBID; and plain texts.

lxml parses them without entities, DTDs or network. A file may hold one article or thousands
(`pmc-articleset`, `teiCorpus`): they are read one at a time.

JATS: https://jats.nlm.nih.gov/archiving/tag-library/1.3/ ; TEI of GROBID:
https://grobid.readthedocs.io/en/latest/TEI-encoding-of-results/
"""

import html
import re
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from components.dataset.corpus.documents import (
    Document,
    Section,
    language_of,
    license_of,
    normalised_doi,
    year_of,
)
from components.formats.corpus import DAMAGE, damage, decompressed
from components.runtime.errors import InputError

# Of one article or plain text. An article is shorter; 24 MiB of the smallest elements take 0.8 GB.
MOST_BYTES = 24 << 20
Element = Any  # lxml has no types

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
HREF = "{http://www.w3.org/1999/xlink}href"
# XML cannot hold these characters, so they can mark where a block begins or ends, and citations.
BLOCK, CITATION, CITED, GONE = "\x1e", "\x02", "\x03", "\x04"
MARKER = f"{CITATION}[^{CITED}]*{CITED}"
GROUP = rf"[(\[][\s,;–-]*(?:{MARKER}[\s,;–-]*)+[)\]]"
BRACKETED = re.compile(rf"{GROUP}(?:[\s,;–-]*{GROUP})*")
NUMBERS = rf"{CITATION}[^{CITED}A-Za-z]*{CITED}"
NUMBERED = re.compile(rf"{NUMBERS}(?:[\s,;–-]*{NUMBERS})*")
OPENING = re.compile(rf"{CITATION}\s*([(\[])")
CLOSING = re.compile(rf"([)\]])\s*{CITED}")
STOPS = tuple(".,;:)]")
EXPONENT = re.compile("[-−–+]?[0-9]+")
RAISED = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
FOOTNOTES = {"fn", "table-fn", "aff", "corresp", "author-notes"}  # what the marks of xref refer to
UNTITLED = {"abstract", "summary"}  # titles that say no more than the section's name
BESIDE_ABSTRACT = {"graphical", "teaser", "toc", "video"}  # abstract-types beside the abstract


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


class Form(NamedTuple):
    """What the elements of a form of XML mean, by their names."""

    left_out: frozenset[str]  # no running text
    blocks: frozenset[str]  # in lines of their own
    spaced: frozenset[str]  # a space between them is missing
    heading: str  # heads a section; alone it says nothing
    citation: str  # cites; its type says so
    type: str  # the attribute with the type


JATS = Form(
    left_out=_names(
        """
        ref-list table-wrap table-wrap-group table fig fig-group floats-group disp-formula
        disp-formula-group inline-formula alternatives tex-math math chem-struct-wrap
        supplementary-material inline-supplementary-material media graphic inline-graphic fn
        fn-group label object-id permissions sec-meta kwd-group related-article related-object
        """
    ),
    blocks=_names(
        """
        p title subtitle sec list list-item def-list def-item disp-quote boxed-text statement
        verse-group verse-line speech preformat code
        """
    ),
    spaced=_names("break term def"),
    heading="title",
    citation="xref",
    type="ref-type",
)
TEI = Form(
    left_out=_names("listBibl biblStruct figure table formula note graphic"),
    blocks=_names("p head div list item quote lg l ab"),
    spaced=_names("s lb"),
    heading="head",
    citation="ref",
    type="type",
)


class Limited:
    """A stream that ends a document which does not end itself."""

    def __init__(self, stream: IO[bytes], *, name: str) -> None:
        self._stream, self._name = stream, name
        self.restart()

    def restart(self) -> None:
        """Begins to count anew: the next document."""
        self._left = MOST_BYTES

    def read(self, size: int = -1) -> bytes:
        """At most so many of the next bytes; raises an `InputError` beyond the limit."""
        content = self._stream.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(content)
        if self._left < 0:
            raise InputError(f"more than {MOST_BYTES >> 20} MiB in one document: {self._name}")
        return content


def plain_text(stream: IO[bytes], name: str) -> Iterator[Document]:
    """The document of a plain text in UTF-8; arguments as of `articles`.

    Raises:
        InputError: It is not UTF-8, too long or damaged.
    """
    try:
        content = Limited(decompressed(stream, name=name), name=name).read()
        yield Document({}, where=name, whole=content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        byte = f"{error.object[error.start]:#04x}"
        raise InputError(f"not UTF-8: byte {byte} at {error.start:,} of {name}") from None
    except DAMAGE as error:
        raise damage(error, where=name) from None


def articles(stream: IO[bytes], name: str) -> Iterator[Document]:
    """The articles of a file in XML, one at a time.

    Args:
        stream: Its content, compressed if its name says so.
        name: The file, for errors and as the documents' place.

    Raises:
        InputError: It is not XML, uses entities of its own, holds no article, or one that is too
            long.
    """
    from lxml import etree

    number = 0
    try:
        limited = Limited(decompressed(stream, name=name), name=name)
        found = etree.iterparse(
            limited,
            tag=("{*}article", "{*}TEI"),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        for number, (_, element) in enumerate(found, start=1):
            where = name if number == 1 else f"{name}, article {number}"
            document = _tei if element.tag.endswith("TEI") else _jats
            yield document(element, where)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
            limited.restart()
    except etree.XMLSyntaxError as error:
        message = str(error.msg).split(", see ")[0].split(", use ")[0].strip()
        raise InputError(f"not XML ({message}): {name}") from None
    except DAMAGE as error:
        raise damage(error, where=name) from None
    if not number:
        root = etree.QName(found.root).localname
        raise InputError(f"expected article (JATS) or TEI, found {root}: {name}")


def _jats(article: Element, where: str) -> Document:
    meta = article.find("{*}front/{*}article-meta")
    meta = article if meta is None else meta
    kinds = [(each.get("abstract-type", ""), each) for each in meta.findall("{*}abstract")]
    abstracts = [pair for pair in kinds if pair[0] not in BESIDE_ABSTRACT]
    years = [year_of(_content(year)) for year in meta.findall("{*}pub-date/{*}year")]
    found: dict[Section, Element | None] = {
        "title": meta.find("{*}title-group/{*}article-title"),
        "abstract": min(abstracts, key=lambda pair: pair[0], default=("", None))[1],
        "body": article.find("{*}body"),
    }
    return Document(
        sections=_sections(found, JATS, where),
        where=where,
        doi=normalised_doi(_content(meta.find("{*}article-id[@pub-id-type='doi']"))),
        year=min(filter(None, years), default=None),
        language=language_of(article.get(XML_LANG, "en")),  # the DTD's default value
        license=license_of(_license(meta.find("{*}permissions/{*}license"))),
    )


def _license(element: Element | None) -> Iterator[str | None]:
    """What JATS says of a licence: its address, or its text, or its type."""
    if element is not None:
        yield from (_content(each) for each in element.iterfind("{*}license_ref"))
        yield from (each.get(HREF) for each in element.iter("{*}license", "{*}ext-link"))
        yield element.get("license-type")
        yield _content(element)


def _tei(tei: Element, where: str) -> Document:
    header = tei.find("{*}teiHeader")
    header = tei if header is None else header
    text = tei.find("{*}text")
    imprint = "{*}fileDesc/{*}sourceDesc/{*}biblStruct/{*}monogr/{*}imprint/{*}date"
    dates = header.findall("{*}fileDesc/{*}publicationStmt/{*}date") + header.findall(imprint)
    doi = header.find("{*}fileDesc/{*}sourceDesc/{*}biblStruct//{*}idno[@type='DOI']")
    terms = header.find("{*}fileDesc/{*}publicationStmt/{*}availability/{*}licence")
    languages = [each.get(XML_LANG) for each in (text, header, tei) if each is not None]
    used = header.findall("{*}profileDesc/{*}langUsage/{*}language")
    languages += [each.get("ident") for each in used]
    found: dict[Section, Element | None] = {
        "title": header.find("{*}fileDesc/{*}titleStmt/{*}title"),
        "abstract": header.find("{*}profileDesc/{*}abstract"),
        "body": tei.find("{*}text/{*}body"),
    }
    return Document(
        sections=_sections(found, TEI, where),
        where=where,
        doi=normalised_doi(_content(doi)),
        year=next(filter(None, (year_of(d.get("when") or _content(d)) for d in dates)), None),
        language=language_of(next(filter(None, languages), None)),
        license=license_of([] if terms is None else [terms.get("target"), _content(terms)]),
    )


def _content(element: Element | None) -> str | None:
    """All text of an element of the front matter."""
    return None if element is None else "".join(element.itertext(with_tail=False))


def _sections(found: dict[Section, Element | None], form: Form, where: str) -> dict[Section, str]:
    return {
        section: _text(element, form, where=where)
        for section, element in found.items()
        if element is not None
    }


def _text(element: Element, form: Form, *, where: str) -> str:
    """The running text of an element: paragraphs and headings, parted by blank lines."""
    said = "".join(_content_pieces(element, form, where=where))
    blocks = [" ".join(_without_citations(block).split()) for block in said.split(BLOCK)]
    blocks = [block for block in blocks if block]
    if blocks and blocks[0].lower().rstrip(".:") in UNTITLED:
        del blocks[0]
    return "\n\n".join(blocks)


def _content_pieces(element: Element, form: Form, *, where: str) -> list[str]:
    """What stands in an element; at most 256 elements lie in each other."""
    pieces = [element.text or ""]
    for child in element:
        is_entity = not isinstance(child.tag, str)
        pieces += [_character(child, where=where)] if is_entity else _pieces(child, form, where)
        pieces.append(child.tail or "")
    return pieces


def _pieces(element: Element, form: Form, where: str) -> list[str]:
    """What an element inside of another says."""
    name, kind = element.tag.rpartition("}")[2], element.get(form.type)
    if name in form.left_out or (name == form.citation and kind in FOOTNOTES):
        return []
    inner = _content_pieces(element, form, where=where)
    if name == form.citation and kind == "bibr":
        return [CITATION, *inner, CITED]
    said = "".join(inner)
    if (name == "sup" or "sup" in element.get("rend", "")) and EXPONENT.fullmatch(said):
        return [said.translate(RAISED)]  # 10⁶ is not 106
    blocks = sum(not block.isspace() for block in said.split(BLOCK) if block)
    if blocks == 1 and element.find(f"{{*}}{form.heading}") is not None:
        return []
    around = BLOCK if name in form.blocks else " " if name in form.spaced else ""
    return [around, *inner, around]


def _character(entity: Element, *, where: str) -> str:
    """The character of a named entity of HTML, which JATS takes over."""
    character = html.unescape(entity.text)
    if character == entity.text:
        raise InputError(f"expected no entity but characters' names, found {entity.text}: {where}")
    return character


def _without_citations(block: str) -> str:
    """A block without the markers of its citations: `[1, 2]`, `(Doe 2001)`, raised numbers.

    Names in running text ("as Doe et al. found") are part of the sentence and stay.
    """
    if CITATION not in block:
        return block
    block = CLOSING.sub(rf"{CITED}\1", OPENING.sub(rf"\1{CITATION}", block))  # GROBID's are inside
    first, *others = NUMBERED.sub(GONE, BRACKETED.sub(GONE, block)).split(GONE)
    for other in others:
        first = (first.rstrip() if other.startswith(STOPS) else first) + other
    return first.replace(CITATION, "").replace(CITED, "")
