"""What keyness is worth on the demo, whose terms are known."""

import json

import pytest

from components.dataset.demo import demo
from components.dataset.demo.world import ANIMAL, MADE_UP_WORDS
from components.formats.table import read_rows
from components.formats.terms import ANSWERS, VOCABULARIES, TaggedTerm
from components.term_tagging.agreement import compare
from components.term_tagging.stage import term_tagging
from components.tokenizer.stage import tokenizer


@pytest.mark.slow
def test_keyness_finds_all_made_up_words_and_the_common_words_of_papers_too(tmp_path):
    corpus = tmp_path / "data" / "corpus"
    demo(data=corpus.parent)
    for name, source in (("pretrained", "general"), ("domain", "domain")):
        folder = tmp_path / "tokenizers" / name
        tokenizer(source=corpus / source, tokenizer=folder, vocabulary_size=400)
    terms, truth = tmp_path / "terms", tmp_path / "truth"
    term_tagging(tokenizers=tmp_path / "tokenizers", corpus=corpus, terms=terms)
    truth.mkdir()
    planted = {*MADE_UP_WORDS, f"{ANIMAL}s"}
    for name in VOCABULARIES:
        rows = read_rows(terms / f"{name}.csv", TaggedTerm)
        lines = [f"{row.term}, {'yes' if row.term in planted else 'no'}\n" for row in rows]
        (truth / ANSWERS[name]).write_text("".join(lines), encoding="utf-8")
    compare(first=terms, second=truth, agreement=tmp_path / "agreement")
    found = json.loads((tmp_path / "agreement" / "agreement.json").read_text())["domain"]
    assert found["recall"] == 1
    assert (found["both_yes"], found["only_first_yes"], found["both_no"]) == (13, 10, 124)
