import pytest

from components.formats.terms import TaggedTerm, read_examples, read_vocabulary_metrics, write_terms
from components.runtime.errors import InputError


def test_examples_are_the_fields_terms_by_where_they_are_and_by_falling_keyness(inputs, tmp_path):
    examples = read_examples(inputs / "terms")
    assert examples == {"pretrained": [], "both": [], "domain": ["brook", "glimmer"]}
    tags = {
        name: [TaggedTerm(term, None, None, None, tag) for term, tag in rows.items()]
        for name, rows in (
            ("pretrained", {"axon": "yes", "cell": "yes", "old": "yes", "the": "no"}),
            ("domain", {"axon": "yes", "cell": "no", "aî²": "yes", "the": "yes", "new": "yes"}),
        )
    }
    metrics = read_vocabulary_metrics(inputs / "terms")
    write_terms(tmp_path, tags, distinct=dict.fromkeys(tags, ()), metrics=metrics)
    assert read_examples(tmp_path) == {"pretrained": ["old"], "both": ["axon"], "domain": ["new"]}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"shared_tokens": 270', '"shared_tokens": 301', "301 shared tokens of 300"),
        ('"domain": 0.1', '"domain": 1.1', "domain_term_share above 1"),
        ('"pretrained": 0.02,', "", "no numbers of the pretrained vocabulary"),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(inputs, replace, old, new, words):
    replace(inputs / "terms" / "metrics.json", old, new)
    with pytest.raises(InputError, match=words):
        read_vocabulary_metrics(inputs / "terms")
