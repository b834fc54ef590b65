"""A document of a source, and how its text and what is known of it are normalised."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Section = Literal["title", "abstract", "body"]
SECTIONS: tuple[Section, ...] = get_args(Section)

LONGEST_LICENSE = 80  # characters of a licence without an id
DOI = re.compile(r"10\.\d{4,9}/\S+", re.IGNORECASE)
# With month and day behind it as in 20150203, or no digit.
YEAR = re.compile(
    r"(?<!\d)(?:1[5-9]|20)\d\d(?=(?:(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))?(?!\d))"
)
CREATIVE_COMMONS = re.compile(
    r"creativecommons\.org/(?:licenses|publicdomain)/([a-z-]+)/(\d\.\d)"
    r"|(?:^|\W)cc[ -]?(by(?:-(?:nc|nd|sa))*)(?:[ -]?(\d\.\d))?(?!\w)|(?:^|\W)(cc ?-?0)",
    re.IGNORECASE,
)
LINE_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
OTHER_SPACES = re.compile(r"[^\S\n ]")
SPACES = re.compile("  +")
PARAGRAPHS = re.compile(r"\n{2,}")
# NFKC would do these too, but make 10⁻³ to 10-3. Typesetting only: ligatures, soft hyphens, marks
# without width (the joiners of Persian and Indic scripts stay).
LIGATURES = ("ff", "fi", "fl", "ffi", "ffl", "st", "st")
TYPESETTING: dict[int, str | None] = {
    0xFB00 + number: letters for number, letters in enumerate(LIGATURES)
}
TYPESETTING |= dict.fromkeys([0xAD, 0x200B, 0x2060, 0xFEFF])
TYPESETTING |= {code: None for code in [*range(32), *range(127, 160)] if chr(code) not in "\t\n"}


@dataclass(frozen=True)
class Document:
    """What a source says."""

    sections: Mapping[Section, str]
    where: str  # file, and line or row where a file holds several
    whole: str = ""  # the text of a document that is not divided into sections
    doi: str | None = None  # as of `normalised_doi`; None where unknown, like the following
    year: int | None = None  # of its first publication
    language: str | None = None  # code of two or three letters
    license: str | None = None  # as of `license_of`

    def text(self, sections: Sequence[Section]) -> str:
        """The chosen sections in the order of an article, normalised; empty where it has none.

        A text that is not divided is taken as it is if the body is among them.
        """
        if self.whole and "body" in sections:
            return normalised_text(self.whole)
        texts = (
            normalised_text(self.sections.get(section, ""))
            for section in SECTIONS
            if section in sections
        )
        return "\n\n".join(filter(None, texts))


def normalised_text(text: str) -> str:
    """A text in Unicode's form NFC, without the marks of typesetting and needless white space.

    Paragraphs are parted by one blank line; line breaks within a paragraph stay.
    """
    text = LINE_BREAKS.sub("\n", text).translate(TYPESETTING)
    text = unicodedata.normalize("NFC", text)  # after what stood between a letter and its accent
    text = SPACES.sub(" ", OTHER_SPACES.sub(" ", text))
    return PARAGRAPHS.sub("\n\n", text.replace(" \n", "\n").replace("\n ", "\n")).strip()


def normalised_doi(text: str | None) -> str | None:
    """A DOI in lower case without an address in front (DOIs ignore case); None if it is none."""
    found = DOI.search(text or "")
    return found[0].lower().rstrip(".,;") if found else None


def year_of(text: str | None) -> int | None:
    """The first year in a date, however it is written."""
    found = YEAR.search(text or "")
    return int(found[0]) if found else None


def language_of(text: str | None) -> str | None:
    """The language of a tag like en-US: its first part, in lower case."""
    return re.split(r"[-_]", text.strip().lower())[0] or None if text else None


def license_of(texts: Iterable[str | None]) -> str | None:
    """A licence by what is said of it: the first Creative Commons one, else the first text.

    Returns:
        The Hub's id of a Creative Commons licence; of another what is written, in one line.
    """
    written = [" ".join(text.split()) for text in texts if text and text.strip()]
    for found in filter(None, map(CREATIVE_COMMONS.search, written)):
        kind, version, short, short_version, zero = found.groups()
        if zero or kind == "zero":
            return "cc0-1.0"
        return "-".join(filter(None, ["cc", (kind or short).lower(), version or short_version]))
    return written[0][:LONGEST_LICENSE] if written else None
