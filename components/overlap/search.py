"""The overlap of cases with a corpus, which is searched one document after the other."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from components.formats.cases import Author, Case
from components.formats.ngrams import Ngram, finders, ngrams, words
from components.formats.overlap import CaseOverlap


@dataclass(frozen=True)
class Versions:
    """The n-grams of a case's original and altered version, in the order of the texts."""

    author: Author  # who made the case
    number: int  # its row in the author's file, from 0
    doi: str  # where the abstract was published
    original: list[Ngram]
    altered: list[Ngram]


def case_ngrams(benchmark: Mapping[Author, Sequence[Case]], *, length: int) -> list[Versions]:
    """The n-grams of every case; `length` is that of an n-gram in words."""
    return [
        Versions(
            author,
            number,
            case.doi,
            original=ngrams(words(case.original), length=length),
            altered=ngrams(words(case.altered), length=length),
        )
        for author, cases in benchmark.items()
        for number, case in enumerate(cases)
    ]


class Search:
    """What a corpus holds of cases, in memory that does not grow with the corpus.

    Attributes:
        found: The n-grams that a document holds.
        longest: By case, words of the longest run that its original shares with a document; 0
            where no document holds an n-gram of it.
        first_document: By case, the first document that holds an n-gram of its original, from 1;
            a case of which nothing was found is not there.
        num_documents: Documents read.
        num_words: Words read.
    """

    def __init__(self, cases: Sequence[Versions]) -> None:
        self.found: set[Ngram] = set()
        self.longest = [0] * len(cases)
        self.first_document: dict[int, int] = {}
        self.num_documents = self.num_words = 0
        self._cases = cases
        self._places: dict[Ngram, list[tuple[int, int]]] = defaultdict(list)
        for number, case in enumerate(cases):
            for position, ngram in enumerate(case.original):
                self._places[ngram].append((number, position))
        altered = (ngram for case in cases for ngram in case.altered)
        self._finders = finders((*self._places, *altered))

    def read(self, document: str) -> None:
        """Searches the next document."""
        text = words(document)
        self.num_documents += 1
        self.num_words += len(text)
        for finder in self._finders:
            self._count_matches(finder.matches(text))

    def _count_matches(self, matches: Iterator[tuple[int, Ngram]]) -> None:
        """Records one document's matches of one length.

        A run continues while the document's next n-gram is also the original's next.
        """
        previous = -1
        runs: dict[tuple[int, int], int] = {}  # words, by case and place of the last n-gram
        for start, ngram in matches:
            self.found.add(ngram)
            before = runs if start == previous + 1 else {}
            runs = {
                (case, place): before.get((case, place - 1), len(ngram) - 1) + 1
                for case, place in self._places.get(ngram, ())
            }
            for (case, _), length in runs.items():
                self.longest[case] = max(self.longest[case], length)
                self.first_document.setdefault(case, self.num_documents)
            previous = start

    def overlaps(self) -> list[CaseOverlap]:
        """What the documents read so far hold of each case."""
        return [self._overlap(number, case) for number, case in enumerate(self._cases)]

    def _overlap(self, number: int, case: Versions) -> CaseOverlap:
        original, altered = set(case.original), set(case.altered)
        return CaseOverlap(
            author=case.author,
            case=case.number,
            doi=case.doi,
            ngrams=len(original),
            found=len(original & self.found),
            share=len(original & self.found) / len(original),
            longest=self.longest[number],
            result_ngrams=len(original - altered),
            result_found=len((original - altered) & self.found),
            altered_ngrams=len(altered - original),
            altered_found=len((altered - original) & self.found),
            document=self.first_document.get(number),
            clean=original.isdisjoint(self.found),
        )
