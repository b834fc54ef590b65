"""Readers that count words: what they prefer must not give a case's answer away."""

import math
import re
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from components.formats.cases import read_benchmark
from components.formats.corpus import documents

pytestmark = pytest.mark.slow


def words(text):
    return re.findall(r"\w+|[^\w\s]", text.lower())


class BagOfWords:
    """The likelihood of a text's words, each for itself."""

    def __init__(self, texts):
        self.counts = Counter(word for text in texts for word in words(text))
        self.total = sum(self.counts.values())

    def score(self, text):
        size = len(self.counts) + 1
        return sum(math.log((self.counts[word] + 1) / (self.total + size)) for word in words(text))


class Company:
    """How strongly the words of a text keep company: all pairs' pointwise mutual information."""

    def __init__(self, texts):
        self.singles, self.pairs, self.number = Counter(), Counter(), len(texts)
        for text in texts:
            found = sorted(set(words(text)))
            self.singles.update(found)
            self.pairs.update((a, b) for i, a in enumerate(found) for b in found[i + 1 :])

    def score(self, text):
        found = sorted(set(words(text)))
        return sum(
            math.log(
                (self.pairs[a, b] + 0.5)
                * self.number
                / ((self.singles[a] + 1) * (self.singles[b] + 1))
            )
            for i, a in enumerate(found)
            for b in found[i + 1 :]
        ) / max(1, len(found) * (len(found) - 1) / 2)


class Bigram:
    """The likelihood of each word given the one before it, smoothed by single words."""

    def __init__(self, texts):
        self.single = BagOfWords(texts)
        self.following = defaultdict(Counter)
        for text in texts:
            for before, word in pairwise(["", *words(text)]):
                self.following[before][word] += 1

    def score(self, text):
        steps = pairwise(["", *words(text)])
        return sum(
            math.log(
                (self.following[before][word] + 2 * math.exp(self.single.score(word)))
                / (self.following[before].total() + 2)
            )
            for before, word in steps
        )


def accuracy(reader, cases):
    """Share of cases whose original the reader prefers; half of a tie."""
    points = 0.0
    for case in cases:
        original, altered = reader.score(case.original), reader.score(case.altered)
        points += 0.5 if math.isclose(original, altered, rel_tol=1e-12) else original > altered
    return points / len(cases)


@pytest.mark.parametrize("reader", [BagOfWords, Company, Bigram])
def test_counting_words_does_not_solve_the_benchmark(reader, field):
    counted = reader(list(documents(field / "corpus" / "domain", "train")))
    for author, cases in read_benchmark(field / "brainbench").items():
        assert accuracy(counted, cases) < 0.6, author


def test_the_readers_do_solve_what_counting_can_solve():
    texts = ["the cat sat", "the dog ran"] * 50
    for reader in (BagOfWords, Company, Bigram):
        counted = reader(texts)
        assert counted.score("the cat sat") >= counted.score("the cat ran")
    assert Bigram(texts).score("the cat sat") > Bigram(texts).score("the cat ran")
    assert Company(texts).score("the cat sat") > Company(texts).score("the cat ran")
