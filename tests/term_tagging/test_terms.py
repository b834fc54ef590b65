import numpy as np
import pytest

from components.term_tagging.terms import domain_term_share, share_noise, taggable_terms, term


def test_the_published_rule():
    assert [term(token) for token in ("ĠNeuron", "neuron", "Ġ", "ĠĠ", "12")] == [
        "neuron",
        "neuron",
        "",
        "",
        "12",
    ]
    assert taggable_terms(["ĠNeuron", "neuron", "Ġ12", "p53", "Ġ", "é"]) == ["neuron", "p53"]


def test_a_share_counts_tokens_not_terms():
    assert domain_term_share(["ĠAxon", "axon", "the", "."], {"axon": "yes", "the": "no"}) == 0.5


def test_noise_is_that_of_tags_that_turn_at_random():
    draw = np.random.default_rng(1)
    vocabulary = [f"{space}w{k}" for k in range(400) for space in ("Ġ", "")][:700]
    shares = []
    for _ in range(2000):
        terms = {f"w{k}": "yes" for k in np.flatnonzero(draw.random(400) < 0.05)}
        shares.append(domain_term_share(vocabulary, terms))
    assert share_noise(vocabulary, rate=0.05) == pytest.approx(1.96 * np.std(shares), rel=0.1)
