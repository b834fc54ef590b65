"""Keyness: a term belongs to the field if the field's texts use it far more than others do."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import rel_entr
from tokenizers.pre_tokenizers import ByteLevel

from components.formats.terms import Tag, TaggedTerm
from components.term_tagging.terms import term

WORD = re.compile(r"[^\W\d_]+")  # letters of any script


def keyness_tags(
    terms: Sequence[str],
    *,
    domain: Counter[str],
    general: Counter[str],
    threshold: float,
    min_ratio: float,
) -> list[TaggedTerm]:
    """A tag for each term, by log-likelihood keyness and by how many times as frequent it is.

    Args:
        terms: Terms, each once.
        domain: Words of the field's corpus.
        general: Words of the general corpus.
        threshold: Smallest keyness of a term of the field; 15.13 stands for p < .0001 (Rayson,
            Berridge & Francis 2004).
        min_ratio: Smallest ratio of its frequency in the field to that elsewhere, since in
            large corpora any difference is significant.
    """
    counts = [domain[each] for each in terms], [general[each] for each in terms]
    totals = domain.total(), general.total()
    values = keyness(*counts, totals=totals)
    tags: list[TaggedTerm] = []
    for each, in_domain, elsewhere, value in zip(terms, *counts, values, strict=True):
        ratio_reached = in_domain * totals[1] >= min_ratio * elsewhere * totals[0]
        tag: Tag = "yes" if value >= threshold and ratio_reached else "no"
        tags.append(TaggedTerm(each, in_domain, elsewhere, round(float(value), 2), tag))
    return tags


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
    return np.where(observed[0] >= expected[0], statistic, -statistic)


def word_counts(texts: Iterable[str]) -> Counter[str]:
    """Occurrences of the words of texts, written as `terms.term` writes a token.

    Only distinct words are kept in memory.
    """
    spelled: Counter[str] = Counter()
    for text in texts:
        spelled.update(WORD.findall(text))
    alphabet = ByteLevel(add_prefix_space=False, use_regex=False)
    words: Counter[str] = Counter()
    for word, count in spelled.items():
        words[term(alphabet.pre_tokenize_str(word)[0][0])] += count
    return words
