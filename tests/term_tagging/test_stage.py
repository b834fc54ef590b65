import csv
import json
import shutil

import pytest

from components.formats.absence import absence, write_absence
from components.formats.terms import read_vocabulary_metrics
from components.formats.tokenizer import read_tokenizer
from components.runtime.errors import InputError
from components.term_tagging.stage import term_tagging
from components.term_tagging.terms import taggable_terms


def test_each_vocabulary_has_the_terms_of_its_corpus(field, tmp_path):
    term_tagging(tokenizers=field / "tokenizers", corpus=field / "corpus", terms=tmp_path / "terms")
    metrics = json.loads((tmp_path / "terms" / "metrics.json").read_text())
    assert metrics["domain_term_share"]["domain"] > 0
    assert metrics["domain_term_share"]["pretrained"] == 0
    assert 257 <= metrics["shared_tokens"] < 280
    with (tmp_path / "terms" / "domain.csv").open() as lines:
        rows = {row["term"]: row for row in csv.DictReader(lines)}
    assert [name for name, row in rows.items() if row["tag"] == "yes"] == ["axon"]
    assert rows["axon"]["domain_count"] == "100"
    tags = [json.loads(line) for line in (tmp_path / "terms" / "tags.jsonl").open()]
    assert len({tag["term"] for tag in tags}) == len(tags)
    lists = {
        name: set((tmp_path / "terms" / f"{name}.txt").read_text().splitlines())
        for name in ("common", "only_pretrained", "only_domain")
    }
    assert "axon" in lists["only_domain"]
    assert len(lists["common"] | lists["only_domain"]) == metrics["num_terms"]["domain"]
    assert len(lists["common"]) == metrics["shared_terms"]
    for changes, words in (
        ({"threshold": -1}, "threshold -1"),
        ({}, "no corpus: expected --corpus"),
        ({"tagger": "published"}, "no answers: expected --answers"),
    ):
        with pytest.raises(InputError, match=words):
            term_tagging(tokenizers=field / "tokenizers", terms=tmp_path / "terms", **changes)


@pytest.mark.parametrize("part", ["tokenizers", "answers"])
def test_a_part_that_the_source_lacks_is_passed_on_with_its_reason(field, tmp_path, part):
    write_absence(tmp_path / "part", "The source holds none.")
    given = {"tokenizers": field / "tokenizers", "answers": tmp_path} | {part: tmp_path / "part"}
    term_tagging(tagger="published", terms=tmp_path / "terms", **given)
    assert absence(tmp_path / "terms") == "The source holds none."


def test_each_vocabulary_has_its_own_published_tags(field, tmp_path):
    for name, answer in (("pretrain", "no"), ("neuro", "yes")):
        file = tmp_path / f"{name}_filtered__neuro_term_tagging_results.txt"
        file.write_text(f"the, {answer}\na, filtered\n")
    arguments = {"tokenizers": field / "tokenizers", "answers": tmp_path, "tagger": "published"}
    with pytest.raises(InputError, match="no published tags in .*: get them with `python -m"):
        term_tagging(terms=tmp_path / "terms", **arguments | {"answers": tmp_path / "tags"})
    term_tagging(terms=tmp_path / "terms", **arguments)
    metrics = json.loads((tmp_path / "terms" / "metrics.json").read_text())
    assert metrics["num_contradictions"] == 1
    shares = metrics["domain_term_share"]
    assert shares["domain"] > shares["pretrained"] == 0
    for line, words in (
        ("the; yes", "'the; yes', expected a term"),
        ("the, maybe", "'the, maybe', expected a term"),
        ("axon, yes", "no term of the pretrained vocabulary"),
        ("the, yes\nthe, no", "'the' a second time: .*line 2"),
        ("", "no answer in"),
    ):
        (tmp_path / "pretrain_filtered__neuro_term_tagging_results.txt").write_text(line)
        with pytest.raises(InputError, match=words):
            term_tagging(terms=tmp_path / "terms", **arguments)


@pytest.mark.slow
def test_the_published_answers_give_the_published_shares(reference, tmp_path):
    for name, source in (("pretrained", "gpt2"), ("domain", "neuro")):
        (tmp_path / "tokenizers" / name).mkdir(parents=True)
        shutil.copyfile(
            reference / "tokenizers" / source / "tokenizer.json",
            tmp_path / "tokenizers" / name / "tokenizer.json",
        )
    term_tagging(
        tokenizers=tmp_path / "tokenizers",
        answers=reference / "tags",
        tagger="published",
        terms=tmp_path / "terms",
    )
    metrics = read_vocabulary_metrics(tmp_path / "terms")
    assert {name: round(share, 3) for name, share in metrics.domain_term_share.items()} == {
        "pretrained": 0.120,
        "domain": 0.254,
    }
    assert metrics.num_contradictions == 411
    assert {name: round(half, 4) for name, half in metrics.noise.items()} == {
        "pretrained": 0.0015,
        "domain": 0.0015,
    }
    assert (metrics.shared_tokens, metrics.shared_terms) == (24_095, 16_735)
    assert metrics.num_terms == {"pretrained": 32_944, "domain": 33_729}
    for name in metrics.vocabulary_size:  # GPT-4 was asked about every term with a letter
        tokens = read_tokenizer(tmp_path / "tokenizers" / name).get_vocab()
        with (tmp_path / "terms" / f"{name}.csv").open() as lines:
            assert [row["term"] for row in csv.DictReader(lines)] == taggable_terms(tokens)
    assert len((tmp_path / "terms" / "common.txt").read_text().splitlines()) == 16_735
