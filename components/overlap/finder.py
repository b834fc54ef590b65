"""Finding known n-grams in a document without looking at every one of its n-grams."""

from collections.abc import Collection, Iterator, Sequence
from itertools import compress, count

from components.overlap.ngrams import Ngram


class Finder:
    """Finds n-grams of one length, each occurrence of each.

    Of a document, pieces a third as long as an n-gram are looked up, at equal distances such that
    every n-gram of the document holds exactly one of them whole. Around a piece that a known
    n-gram holds too, the document's n-grams are compared word by word: nothing is missed, and
    nothing is found that is not there.

    Args:
        known: What to find: at least one n-gram, all of `length` words.
        length: Words per n-gram.
    """

    def __init__(self, known: Collection[Ngram], *, length: int) -> None:
        self._known = frozenset(known)
        self._length = length
        self._piece_length = (length + 2) // 3
        self._stride = length - self._piece_length + 1
        self._pieces = frozenset(
            ngram[start : start + self._piece_length]
            for ngram in self._known
            for start in range(self._stride)
        )

    def matches(self, words: Sequence[bytes]) -> Iterator[tuple[int, Ngram]]:
        """Every occurrence of a known n-gram in a document, in order.

        Args:
            words: The document's words.

        Yields:
            The occurrence's first word, from 0, and the n-gram.
        """
        every = (words[start :: self._stride] for start in range(self._piece_length))
        pieces = zip(*every, strict=False)
        for place in compress(count(0, self._stride), map(self._pieces.__contains__, pieces)):
            first = max(0, place - self._stride + 1)
            last = min(place, len(words) - self._length)
            for start in range(first, last + 1):
                ngram = tuple(words[start : start + self._length])
                if ngram in self._known:
                    yield start, ngram
