"""Searching a corpus for passages, one document after the other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from components.formats.ngrams import Ngram, finders, words


class Search:
    """The n-grams of passages that a corpus contains, in memory that does not grow with it.

    Args:
        passages: Each one's n-grams, in the order of its text.
        others: Further n-grams to find.

    Attributes:
        found: The n-grams that a document holds.
        longest: By passage, words of the longest run that it shares with a document; 0 where no
            document holds an n-gram of it.
        first_document: By passage, the first document that holds an n-gram of it, from 1; a
            passage of which nothing was found is not there.
        num_documents: Documents read.
        num_words: Words read.
    """

    def __init__(self, passages: Sequence[Sequence[Ngram]], *, others: Iterable[Ngram]) -> None:
        self.found: set[Ngram] = set()
        self.longest = [0] * len(passages)
        self.first_document: dict[int, int] = {}
        self.num_documents = self.num_words = 0
        self._places: dict[Ngram, list[tuple[int, int]]] = defaultdict(list)
        for number, passage in enumerate(passages):
            for position, ngram in enumerate(passage):
                self._places[ngram].append((number, position))
        self._finders = finders((*self._places, *others))

    def read(self, document: str) -> None:
        """Searches the next document."""
        text = words(document)
        self.num_documents += 1
        self.num_words += len(text)
        for finder in self._finders:
            self._count_matches(finder.matches(text))

    def _count_matches(self, matches: Iterator[tuple[int, Ngram]]) -> None:
        """Records one document's matches of one length.

        A run continues while the document's next n-gram is also the passage's next.
        """
        previous = -1
        runs: dict[tuple[int, int], int] = {}  # words, by passage and place of the last n-gram
        for start, ngram in matches:
            self.found.add(ngram)
            before = runs if start == previous + 1 else {}
            runs = {
                (passage, place): before.get((passage, place - 1), len(ngram) - 1) + 1
                for passage, place in self._places.get(ngram, ())
            }
            for (passage, _), length in runs.items():
                self.longest[passage] = max(self.longest[passage], length)
                self.first_document.setdefault(passage, self.num_documents)
            previous = start
