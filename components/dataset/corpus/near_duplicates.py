"""Near-duplicates: documents that have most of their runs of five words in common.

Two documents are near-duplicates if the Jaccard similarity of their sets of word 5-grams reaches
a bound. MinHash (Broder 1997) only proposes pairs: of 20 bands with 6 hashes each, a pair of
similarity .8 shares one with a probability of 1 - (1 - .8⁶)²⁰ = .998, one of .5 with .27. What is
proposed is compared exactly.
"""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from components.formats.ngrams import words

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


def _ngrams(text: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
    """The runs of words, one at a time: a list of them takes 20 times the text's memory."""
    length = min(LENGTH, len(text))
    return zip(*(text[start:] for start in range(length)), strict=False)


def _key(content: bytes) -> int:
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "little", signed=True)
