import numpy as np
import pytest

from components.term_tagging.terms import (
    domain_term_share,
    share_noise,
    taggable_terms,
    term,
    term_texts,
)


def test_the_published_rule_and_what_its_terms_stand_for():
    assert [term(each) for each in ("ĠNeuron", "ĠĠ", "12")] == ["neuron", "", "12"]
    assert taggable_terms(["ĠNeuron", "neuron", "Ġ12", "p53", "Ġ", "é"]) == ["neuron", "p53"]
    texts = {"aî²": "Aβ", "î¼m": "μm", "axon": "axon", "dna": "DNA"}
    assert term_texts(["AÎ²", "ĠÎ¼m", "ĠAxon", "axon", "DNA"]) == texts


def test_a_share_counts_tokens_and_its_noise_is_that_of_tags_that_turn_at_random():
    assert domain_term_share(["ĠAxon", "axon", "the", "."], {"axon": "yes", "the": "no"}) == 0.5
    draw = np.random.default_rng(1)
    vocabulary = [f"{space}w{k}" for k in range(400) for space in ("Ġ", "")][:700]
    shares = []
    for _ in range(2000):
        tags = {f"w{k}": "yes" for k in np.flatnonzero(draw.random(400) < 0.05)}
        shares.append(domain_term_share(vocabulary, tags))
    assert share_noise(vocabulary, rate=0.05) == pytest.approx(1.96 * np.std(shares), rel=0.1)
