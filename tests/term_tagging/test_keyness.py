from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import power_divergence

from components.term_tagging.keyness import keyness, keyness_tags, word_counts


@given(
    counts=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    totals=st.tuples(st.integers(10**6, 10**9), st.integers(10**6, 10**9)),
)
def test_keyness_is_the_log_likelihood_statistic_and_its_sign_says_who_uses_a_word_more(
    counts, totals
):
    value = keyness([counts[0]], [counts[1]], totals=totals)[0]
    if sum(counts) == 0:
        assert value == 0
        return
    expected = np.array(totals) * sum(counts) / sum(totals)
    statistic = power_divergence(counts, expected, lambda_="log-likelihood").statistic
    assert abs(value) == pytest.approx(statistic, rel=1e-6, abs=1e-6)
    assert abs(value) < 1e-6 or (value > 0) == (counts[0] * totals[1] > counts[1] * totals[0])


def test_words_are_counted_as_the_vocabulary_writes_them():
    counts = word_counts(["Axon, axon AXON-hillock", "naïve 12 p53"])
    assert counts == {"axon": 3, "hillock": 1, "naã¯ve": 1, "p": 1}  # of the byte alphabet


def test_terms_need_keyness_and_a_ratio():
    domain = Counter(axon=500, the=60_000, cell=300, other=10**6 - 60_800)
    general = Counter(the=50_000, cell=200, dog=400, other=10**6 - 50_600)
    terms = ["axon", "the", "cell", "dog", "never"]
    found = keyness_tags(terms, domain=domain, general=general, threshold=15.13, min_ratio=2.0)
    tags = {each.term: each for each in found}
    assert tags["the"].keyness > 15.13
    assert [name for name, each in tags.items() if each.tag == "yes"] == ["axon"]
    assert tags["axon"].domain_count == 500
