import csv
import json

import pytest

from components.formats.corpus import write_documents
from components.runtime.errors import InputError
from components.term_tagging.stage import term_tagging
from components.tokenizer.stage import tokenizer


@pytest.fixture(scope="module")
def field(tmp_path_factory):
    """Two corpora that differ in one word, and a tokenizer of each."""
    folder = tmp_path_factory.mktemp("field")
    for name, word in (("general", "garden"), ("domain", "axon")):
        texts = [f"The {word} grew in the morning and the {word} was long."] * 50
        for split in ("train", "validation"):
            write_documents(folder / "corpus" / name, split, texts)
    for name, source in (("pretrained", "general"), ("domain", "domain")):
        tokenizer(
            source=folder / "corpus" / source,
            tokenizer=folder / "tokenizers" / name,
            vocabulary_size=280,
        )
    return folder


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


def test_a_negative_threshold_is_refused(field, tmp_path):
    with pytest.raises(InputError, match="threshold -1"):
        term_tagging(
            tokenizers=field / "tokenizers", corpus=field / "corpus", terms=tmp_path, threshold=-1
        )
