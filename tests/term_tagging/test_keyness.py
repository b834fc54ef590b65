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
def test_keyness_is_the_log_likelihood_statistic(counts, totals):
    value = keyness([counts[0]], [counts[1]], totals=totals)[0]
    if sum(counts) == 0:
        assert value == 0
        return
    expected = np.array(totals) * sum(counts) / sum(totals)
    statistic = power_divergence(counts, expected, lambda_="log-likelihood").statistic
    assert abs(value) == pytest.approx(statistic, rel=1e-6, abs=1e-6)


def test_a_word_used_alike_has_no_keyness_and_the_sign_says_who_uses_it_more():
    equal, more, less = keyness([10, 90, 10], [20, 20, 180], totals=(1000, 2000))
    assert equal == pytest.approx(0, abs=1e-9)
    assert more > 15.13
    assert less < -15.13


def test_a_published_example_comes_out():
    """Rayson & Garside 2000, table 1's arithmetic: 2(a ln(a/E1) + b ln(b/E2))."""
    a, b, c, d = 120, 30, 10_000, 20_000
    e1, e2 = c * (a + b) / (c + d), d * (a + b) / (c + d)
    expected = 2 * (a * np.log(a / e1) + b * np.log(b / e2))
    assert keyness([a], [b], totals=(c, d))[0] == pytest.approx(expected)


def test_words_are_counted_as_the_vocabulary_writes_them():
    counts = word_counts(["Axon, axon AXON-hillock", "naïve 12 p53"])
    assert counts["axon"] == 3
    assert counts["hillock"] == 1
    assert counts["naã¯ve"] == 1  # bytes of the byte alphabet, in lower case
    assert counts["12"] == 0
    assert counts.total() == 6


def test_terms_need_keyness_and_a_ratio():
    domain = Counter(axon=500, the=60_000, cell=300, other=10**6 - 60_800)
    general = Counter(the=50_000, cell=200, dog=400, other=10**6 - 50_600)
    terms = ["axon", "the", "cell", "dog", "never"]
    found = keyness_tags(terms, domain=domain, general=general, threshold=15.13, min_ratio=2.0)
    tags = {each.term: each for each in found}
    assert tags["the"].keyness > 15.13
    assert [name for name, each in tags.items() if each.tag == "yes"] == ["axon"]
    assert tags["axon"].domain_count == 500
