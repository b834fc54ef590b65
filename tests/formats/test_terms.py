import pytest

from components.formats.terms import read_new_terms, read_vocabulary_metrics
from components.runtime.errors import InputError


def test_new_terms_are_the_fields_that_only_the_domain_vocabulary_holds(inputs):
    assert read_new_terms(inputs / "terms") == ["brook", "glimmer"]  # by falling keyness


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
