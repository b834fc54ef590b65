"""Keyness: a term belongs to the field if the field's texts use it far more than others do."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import rel_entr
from tokenizers.pre_tokenizers import ByteLevel

from components.formats.terms import TaggedTerm
from components.term_tagging.terms import term

WORD = re.compile(r"[^\W\d_]+")  # letters of any script


@dataclass(frozen=True)
class WordCounts:
    """How often a corpus uses each word.

    Attributes:
        words: Occurrences by word, written as `terms.term` writes a token.
        total: Words in all.
    """

    words: Counter[str]
    total: int


@dataclass(frozen=True)
class KeynessTagger:
    """Tags by log-likelihood keyness and by how many times as frequent a word is.

    Attributes:
        domain: Words of the field's corpus.
        general: Words of the general corpus.
        threshold: Smallest keyness of a term of the field; 15.13 stands for p < .0001 (Rayson,
            Berridge & Francis 2004).
        min_ratio: Smallest ratio of its frequency in the field to that elsewhere, since in
            large corpora any difference is significant.
    """

    domain: WordCounts
    general: WordCounts
    threshold: float
    min_ratio: float

    def tags(self, terms: Sequence[str]) -> Iterator[TaggedTerm]:
        """A tag for each term, in order.

        Args:
            terms: Terms, each once.
        """
        counts = np.array([(self.domain.words[each], self.general.words[each]) for each in terms])
        totals = (self.domain.total, self.general.total)
        values = keyness(counts[:, 0], counts[:, 1], totals=totals)
        for each, (in_domain, elsewhere), value in zip(terms, counts, values, strict=True):
            ratio_reached = in_domain * totals[1] >= self.min_ratio * elsewhere * totals[0]
            yield TaggedTerm(
                term=each,
                domain_count=int(in_domain),
                general_count=int(elsewhere),
                keyness=round(float(value), 2),
                tag="yes" if value >= self.threshold and ratio_reached else "no",
            )


def keyness(
    domain_counts: ArrayLike, general_counts: ArrayLike, *, totals: tuple[int, int]
) -> NDArray[np.float64]:
    """Log-likelihood keyness G2 of words in one corpus against another.

    Dunning 1993, in the form of Rayson & Garside 2000; signed: negative where the general corpus
    uses the word more.

    Args:
        domain_counts: Occurrences in the field's corpus, shape (num_words,).
        general_counts: Occurrences in the general corpus, shape (num_words,).
        totals: Words in either corpus.

    Returns:
        Shape (num_words,).
    """
    observed = np.stack([np.asarray(domain_counts), np.asarray(general_counts)])  # (2, num_words)
    sizes = np.array(totals, dtype=float)[:, None]
    expected = sizes * observed.sum(axis=0) / sizes.sum()
    statistic: NDArray[np.float64] = 2 * rel_entr(observed, expected).sum(axis=0)
    more_in_domain = observed[0] >= expected[0]
    return np.where(more_in_domain, statistic, -statistic)


def word_counts(texts: Iterable[str]) -> WordCounts:
    """Counts the words of texts, as terms of a vocabulary would stand for them.

    Args:
        texts: Documents; only their distinct words are kept in memory.
    """
    spelled: Counter[str] = Counter()
    for text in texts:
        spelled.update(WORD.findall(text))
    alphabet = ByteLevel(add_prefix_space=False, use_regex=False)
    words: Counter[str] = Counter()
    for word, count in spelled.items():
        words[term(alphabet.pre_tokenize_str(word)[0][0])] += count
    return WordCounts(words, sum(words.values()))
