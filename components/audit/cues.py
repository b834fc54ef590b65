"""Cues: features of a text that need no knowledge of its field."""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer

from components.formats.cases import Case

WORD = r"[^\W_]+"  # letters and digits of any script
# Hedges that are single words, from the list in the appendix of Hyland 2005, Metadiscourse.
HEDGE = re.compile(
    r"\b(about|almost|apparent(ly)?|appear(s|ed)?|approximately|around|broadly|could|doubt(ful)?"
    r"|essentially|estimated?|fairly|frequently|generally|indicate[sd]?|largely|likely|mainly|may"
    r"|maybe|might|mostly|often|perhaps|plausibl[ey]|possibl[ey]|postulated?|presumabl[ey]"
    r"|probabl[ey]|quite|relatively|roughly|seems|should|sometimes|somewhat|suggest(s|ed)?"
    r"|supposed?|suspects?|tend(s|ed)?|typical(ly)?|uncertain|unclear|unlikely|usually|would)\b",
    re.IGNORECASE,
)
NUMBER = re.compile(
    r"\d+([.,]\d+)*|\b(zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
    r"|(thir|four|fif|six|seven|eigh|nine)teen|(twen|thir|for|fif|six|seven|eigh|nine)ty"
    r"|(hundred|thousand|million|billion)s?|half|third|quarter|twice|double)\b",
    re.IGNORECASE,
)
# A rule chooses the version of which its function is the greater.
RULES: Mapping[str, Callable[[str], int]] = {
    "longer version": len,
    "more hedging words": lambda text: len(HEDGE.findall(text)),
    "more numbers": lambda text: len(NUMBER.findall(text)),
}
POSITION = "version A"
NGRAMS = {"single words": 1, "neighbouring words": 2}  # words of each, by the cue's name


def rule_choices(cases: Sequence[Case], size: Callable[[str], int]) -> NDArray[np.float64]:
    """A rule's choices: 1 the original, -1 the altered version, 0 undecided, shape (num_cases,)."""
    return np.array([np.sign(size(case.original) - size(case.altered)) for case in cases], float)


def position_choices(num_cases: int, *, seed: int) -> NDArray[np.float64]:
    """The choices of whoever always takes version A, which the seed draws as in BrainBench."""
    return np.where(np.random.RandomState(seed).rand(num_cases) > 0.5, -1.0, 1.0)


def word_differences(cases: Sequence[Case], *, length: int) -> tuple[csr_matrix, list[str]]:
    """How much more often the original of each case has each n-gram of so many words.

    Returns:
        Counts in the original minus those in the altered version, shape (num_cases, num_ngrams),
        and the n-grams.
    """
    counter = CountVectorizer(token_pattern=WORD, ngram_range=(length, length))
    texts = [case.original for case in cases] + [case.altered for case in cases]
    try:
        counts = counter.fit_transform(texts)
    except ValueError:  # no text has so many words
        return csr_matrix((len(cases), 1)), [""]
    differences = csr_matrix(counts[: len(cases)] - counts[len(cases) :], dtype=np.float64)
    return differences, list(counter.get_feature_names_out())
