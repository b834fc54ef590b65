from components.term_tagging.terms import domain_term_share, taggable_terms, term


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
    assert domain_term_share(["ĠAxon", "axon", "the", "."], {"axon"}) == 0.5
