"""Which documents a corpus takes, and the name of the reason for each that it does not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from components.dataset.corpus.documents import Document, Section, language_of, normalised_doi
from components.formats.cases import read_benchmark
from components.formats.json_file import read_text
from components.formats.ngrams import finders, ngrams, words
from components.runtime.errors import InputError
from components.runtime.ranges import check_count

LONGEST_NGRAM = 10_000  # words, more than any abstract has
Search = Callable[[Sequence[bytes]], str | None]  # the first known n-gram among a text's words


@dataclass(frozen=True)
class Selection:
    """The filters of a corpus, in the order in which they are asked.

    Attributes:
        sections: The sections that make a document's text.
        years: First and last year; None for any.
        languages: Codes of languages; empty for any.
        dois: The only DOIs to take; None for any.
        without_dois: DOIs to leave out.
        benchmark_dois: DOIs of the benchmark's abstracts.
        benchmark_ngram: Finds an n-gram of the benchmark's abstracts.
    """

    sections: tuple[Section, ...]
    years: tuple[int, int] | None
    languages: frozenset[str]
    dois: frozenset[str] | None
    without_dois: frozenset[str]
    benchmark_dois: frozenset[str]
    benchmark_ngram: Search

    def reason(self, document: Document) -> str | None:
        """Why a document is left out by what is known of it; None if it is not."""
        if self.years and document.year is None:
            return "year unknown"
        if self.years and not self.years[0] <= (document.year or 0) <= self.years[1]:
            return "other year"
        if self.languages and document.language is None:
            return "language unknown"
        if self.languages and document.language not in self.languages:
            return "other language"
        if self.dois is not None and document.doi not in self.dois:
            return "DOI not listed"
        if document.doi in self.without_dois:
            return "DOI excluded"
        if document.doi in self.benchmark_dois:
            return "DOI of the benchmark"
        return None


def read_selection(
    *,
    sections: tuple[Section, ...],
    years: str | None,
    languages: tuple[str, ...],
    dois: Path | None,
    without_dois: Path | None,
    benchmark: Path | None,
    ngram_length: int,
) -> Selection:
    """The filters of the flags of the same names.

    Raises:
        InputError: One of them, or a file, is bad.
    """
    check_count("ngram_length", ngram_length, at_most=LONGEST_NGRAM)
    benchmark_dois, benchmark_ngram = _benchmark(benchmark, length=ngram_length)
    return Selection(
        sections=sections,
        years=parse_years(years),
        languages=frozenset(filter(None, map(language_of, languages))),
        dois=read_dois(dois) if dois else None,
        without_dois=read_dois(without_dois) if without_dois else frozenset(),
        benchmark_dois=benchmark_dois,
        benchmark_ngram=benchmark_ngram,
    )


def parse_years(text: str | None) -> tuple[int, int] | None:
    """The first and the last year of `2002:2022`, `2002:`, `:2022` or `2002`.

    Raises:
        InputError: It is none of them, or the last is before the first.
    """
    if text is None:
        return None
    first, colon, last = text.partition(":")
    try:
        years = int(first or 0), int((last or 9999) if colon else first)
    except ValueError:
        years = (1, 0)
    if years[0] > years[1] or not text.strip(": "):
        raise InputError(f"years {text}: expected FIRST:LAST, like 2002:2022")
    return years


def read_dois(file: Path) -> frozenset[str]:
    """The DOIs of a file, one a line, with or without https://doi.org/.

    Raises:
        InputError: The file is missing or not UTF-8, holds none, or a line is none.
    """
    dois = set()
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        if line.strip():
            doi = normalised_doi(line)
            if doi is None:
                raise InputError(
                    f"expected a DOI, found '{line.strip():.40}': {file}, line {number}"
                )
            dois.add(doi)
    if not dois:
        raise InputError(f"no DOI in {file}: expected one a line")
    return frozenset(dois)


def _benchmark(folder: Path | None, *, length: int) -> tuple[frozenset[str], Search]:
    """The DOIs of a benchmark's cases, and the search for the n-grams of both versions.

    The rule is the overlap stage's: a case is clean if the corpus holds no n-gram of it.

    Args:
        folder: Folder of the cases; None finds nothing.
        length: Words per n-gram.

    Raises:
        InputError: The cases are bad.
    """
    cases = [case for each in read_benchmark(folder).values() for case in each] if folder else []
    dois = frozenset(filter(None, (normalised_doi(case.doi) for case in cases)))
    versions = (text for case in cases for text in (case.original, case.altered))
    known = finders(ngram for text in versions for ngram in ngrams(words(text), length=length))

    def first(text: Sequence[bytes]) -> str | None:
        found = (ngram for finder in known for _, ngram in finder.matches(text))
        ngram = next(found, None)
        return None if ngram is None else b" ".join(ngram).decode()

    return dois, first
