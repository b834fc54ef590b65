import pytest
from huggingface_hub import DatasetCard

from components.formats.corpus import SPLITS, write_documents
from components.formats.corpus_card import (
    CorpusRecord,
    RemovedDocument,
    SplitSize,
    write_corpus_card,
    write_removed,
)

RECORD = CorpusRecord(
    sources=[("papers", None)],
    settings={"years": None, "seed": 42},
    read=3,
    splits={split: SplitSize(documents=1, words=2, bytes=9) for split in SPLITS},
    reasons={"near-duplicate": 1},
    years={None: 2},
    languages={None: 2},
    licenses={None: 2},
)


@pytest.fixture
def card(tmp_path):
    """The card of a record."""

    def card(record):
        for split in SPLITS:
            write_documents(tmp_path, split, ["two words"])
        write_removed(tmp_path, [RemovedDocument("papers/a.txt", None, "near-duplicate", None)])
        write_corpus_card(tmp_path, record)
        return DatasetCard.load(tmp_path / "README.md")

    return card


def test_a_card_says_what_is_not_known(card):
    found = card(RECORD)
    assert found.data.language is None
    assert found.data.license == ["other"]
    assert found.text.count("| not known | 2 |") == 3
    assert "| 3 | read |\n| −1 | near-duplicate |\n| 2 | in the corpus |" in found.text


@pytest.mark.parametrize(
    ("documents", "category"),
    [(999, "n<1K"), (1000, "1K<n<10K"), (99_999, "10K<n<100K"), (10**8, "100M<n<1B")],
)
def test_a_size_has_the_hubs_name(card, documents, category):
    sizes = {"train": SplitSize(documents=documents, words=1, bytes=1)}
    found = card(CorpusRecord(**{**vars(RECORD), "splits": sizes}))
    assert found.data.size_categories == [category]


def test_licences_and_languages_have_the_hubs_names(card):
    known = {"languages": {"en": 1, "x-long": 1}, "licenses": {"cc-by-4.0": 1, "All mine": 1}}
    found = card(CorpusRecord(**{**vars(RECORD), **known}))
    assert found.data.language == ["en"]
    assert found.data.license == ["cc-by-4.0", "other"]
