"""The overlap of every case with a corpus."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from components.formats.cases import Author, Case
from components.formats.ngrams import Ngram, ngrams, words
from components.formats.overlap import CaseOverlap
from components.overlap.search import Search


@dataclass(frozen=True)
class Versions:
    """The n-grams of a case's versions, in the order of the text.

    Attributes:
        author: Who made the case.
        number: Its row in the author's file, from 0.
        doi: Where the abstract was published.
        original: Of the abstract as published.
        altered: Of the abstract with a changed result.
    """

    author: Author
    number: int
    doi: str
    original: list[Ngram]
    altered: list[Ngram]


def case_ngrams(benchmark: Mapping[Author, Sequence[Case]], *, length: int) -> Iterator[Versions]:
    """The n-grams of every case.

    Args:
        benchmark: Cases by who made them.
        length: Words per n-gram.
    """
    for author, cases in benchmark.items():
        for number, case in enumerate(cases):
            original, altered = (
                ngrams(words(text), length=length) for text in (case.original, case.altered)
            )
            yield Versions(author, number, case.doi, original, altered)


def search_of(versions: Sequence[Versions]) -> Search:
    """A search for the n-grams of cases, whose passages are the originals."""
    originals = [each.original for each in versions]
    return Search(originals, others=(ngram for each in versions for ngram in each.altered))


def overlaps(versions: Sequence[Versions], *, search: Search) -> list[CaseOverlap]:
    """What a finished search found of each case.

    Args:
        versions: The n-grams of the cases, in the order of the search's passages.
        search: The search for them in the corpus.
    """
    return [
        _overlap(each, search.found, search.longest[passage], search.first_document.get(passage))
        for passage, each in enumerate(versions)
    ]


def _overlap(case: Versions, found: set[Ngram], longest: int, document: int | None) -> CaseOverlap:
    original, altered = set(case.original), set(case.altered)
    return CaseOverlap(
        author=case.author,
        case=case.number,
        doi=case.doi,
        ngrams=len(original),
        found=len(original & found),
        share=len(original & found) / len(original),
        longest=longest,
        result_ngrams=len(original - altered),
        result_found=len((original - altered) & found),
        altered_ngrams=len(altered - original),
        altered_found=len((altered - original) & found),
        document=document,
        clean=original.isdisjoint(found),
    )
