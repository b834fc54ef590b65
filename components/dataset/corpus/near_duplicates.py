"""Near-duplicates: documents that have most of their runs of five words in common.

Two documents are near-duplicates if the Jaccard similarity of their sets of word 5-grams reaches
a bound. MinHash (Broder 1997) only proposes pairs: of 20 bands with 6 hashes each, a pair of
similarity .8 shares one with a probability of 1 - (1 - .8⁶)²⁰ = .998, one of .7 with .92, one of .5
with .27. What is proposed is compared exactly.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from components.dataset.corpus.state import State
from components.formats.ngrams import words
from components.runtime.progress import Progress

LENGTH = 5  # words per n-gram
BANDS, ROWS = 20, 6
SEED = 1  # of the hash functions
AT_ONCE = 10_000  # n-grams


def keys(text: Sequence[bytes], *, doi: str | None) -> list[int]:
    """Keys of a document; near-duplicates, and documents of one DOI, have one in common.

    Args:
        text: Its words, at least one.
        doi: Its DOI, where known.

    Returns:
        Integers of 64 bits with a sign.
    """
    from rensa import RMinHash

    minhash = RMinHash(num_perm=BANDS * ROWS, seed=SEED)
    runs = map(b" ".join, _ngrams(text))
    while some := list(islice(runs, AT_ONCE)):
        minhash.update(some)
    digest = np.array(minhash.digest(), dtype="<u4").reshape(BANDS, ROWS)
    found = [_key(bytes([band]) + row.tobytes()) for band, row in enumerate(digest)]
    return [*found, _key(doi.encode())] if doi else found


def shingles(text: str) -> NDArray[np.int64]:
    """The distinct n-grams of a text as hashes of 64 bits, in order."""
    return np.unique(np.fromiter(map(hash, _ngrams(words(text))), dtype=np.int64))


def similarity(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Jaccard similarity: the share of all n-grams that both texts have."""
    common = np.intersect1d(first, second, assume_unique=True).size
    return float(common / (first.size + second.size - common))


def find_duplicates(state: State, *, at_least: float) -> None:
    """Finds each document of which an earlier one is a near-duplicate or has the DOI.

    Of documents with a key in common, each is compared with the one before it and with the first;
    near-duplicates are those of a similarity of `at_least`.
    """

    @lru_cache(maxsize=8)
    def known(document: int) -> tuple[NDArray[np.int64], str | None]:
        text, doi = state.text_and_doi(document)
        return shingles(text), doi

    def reason(earlier: int, later: int) -> str | None:
        (text, doi), (other, other_doi) = known(earlier), known(later)
        if doi and doi == other_doi:
            return "DOI of an earlier document"
        return "near-duplicate" if similarity(text, other) >= at_least else None

    state.forget_duplicates()
    with Progress("compare", total=None, unit="groups of similar documents") as progress:
        for documents in state.shared_keys():
            for before, later in pairwise(documents):
                for earlier in sorted({documents[0], before}):
                    if not state.is_duplicate(later) and (found := reason(earlier, later)):
                        state.add_duplicate(later, found, earlier=earlier)
            progress.advance()
    state.commit()


def _ngrams(text: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
    """The runs of words, one at a time: a list of them takes 20 times the text's memory."""
    length = min(LENGTH, len(text))
    return zip(*(text[start:] for start in range(length)), strict=False)


def _key(content: bytes) -> int:
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "little", signed=True)
