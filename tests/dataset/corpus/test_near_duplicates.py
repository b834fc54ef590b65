import random

import pytest

from components.dataset.corpus.near_duplicates import keys, shingles, similarity
from components.formats.ngrams import words


def text(length, *, seed):
    draw = random.Random(seed)
    return [f"word{draw.randrange(5000)}" for _ in range(length)]


def changed(text, *, every):
    """A text with a word in `every` replaced."""
    return [f"new{n}" if n % every == 0 else word for n, word in enumerate(text)]


def keys_of(text):
    return set(keys(words(" ".join(text)), doi=None))


def test_similarity_is_the_share_of_common_runs():
    first, second = shingles("a b c d e f g"), shingles("b c d e f g h i")
    assert similarity(first, second) == 2 / 5  # of 3 and 4 runs
    assert similarity(first, first) == 1
    assert similarity(first, shingles("x y z")) == 0
    assert similarity(shingles("A, b-c"), shingles("a b c")) == 1  # shorter than a run: the whole


@pytest.mark.parametrize("every", [60, 100])  # similarities of .85 and .9
def test_near_duplicates_share_a_key(every):
    originals = [text(600, seed=seed) for seed in range(50)]
    copies = [changed(original, every=every) for original in originals]
    assert all(keys_of(a) & keys_of(b) for a, b in zip(originals, copies, strict=True))


def test_other_documents_share_no_key():
    assert sum(map(len, (every := [keys_of(text(300, seed=n)) for n in range(50)]))) == len(
        set.union(*every)
    )


def test_documents_of_one_doi_share_a_key():
    first, second = (set(keys([word], doi="10.1/x")) for word in (b"a", b"b"))
    assert len(first & second) == 1
    assert not set(keys([b"a"], doi="10.1/y")) & second


def test_keys_are_the_same_on_every_machine():
    found = keys(words("the mouth of the mirrel opened"), doi="10.1/x")
    assert [len(found), found[0], found[-1]] == [21, 7229878651893246104, 7459850367496494964]
