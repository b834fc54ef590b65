import json

import pytest

from components.formats.terms import TaggedTerm
from components.term_tagging.stage import vocabulary_metrics
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


@pytest.fixture(scope="module")
def vocabularies(reference):
    return {
        name: list(
            json.loads((reference / "tokenizers" / folder / "tokenizer.json").read_text())["model"][
                "vocab"
            ]
        )
        for name, folder in (("pretrained", "gpt2"), ("domain", "neuro"))
    }


@pytest.mark.slow
def test_the_published_vocabularies_and_tags_give_the_published_numbers(reference, vocabularies):
    tags = {}
    for name, prefix in (("pretrained", "pretrain"), ("domain", "neuro")):
        file = reference / "tags" / f"{prefix}_filtered__neuro_term_tagging_results.txt"
        lines = [line.rsplit(", ", 1) for line in file.read_text().splitlines()]
        assert {word for word, _ in lines} == set(taggable_terms(vocabularies[name]))
        answers = {word: answer == "yes" for word, answer in lines}
        share = domain_term_share(vocabularies[name], {word for word in answers if answers[word]})
        assert round(share, 3) == {"pretrained": 0.120, "domain": 0.254}[name]
        tags |= answers
    terms = [TaggedTerm(word, 0, 0, 0.0, "yes" if tag else "no") for word, tag in tags.items()]
    metrics = vocabulary_metrics(vocabularies, terms, tagger="gpt-4")
    assert metrics.shared_tokens == 24095
    assert round(metrics.shared_share, 3) == 0.479
    assert metrics.num_terms == {"pretrained": 32944, "domain": 33729}
    assert metrics.shared_terms == 16735
