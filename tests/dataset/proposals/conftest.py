from datetime import date

import pytest

from components.dataset.demo import demo_abstracts
from components.dataset.proposals.propose import propose_cases
from components.formats.corpus import write_documents
from components.formats.proposals import AbstractRecord, write_abstracts
from tests.browser import browser
from tests.language_model_server import one_certificate, quick, serve, server

ABSTRACT = (
    "Little is known about sleep in newts. We recorded 20 newts for 10 days. We found that warm"
    " water increased the length of sleep by 30 %. Cold water had a smaller effect. These results"
    " suggest that higher temperatures make newts sleep longer."
)


@pytest.fixture
def data(tmp_path):
    """The data of a field whose corpus knows nothing of newts."""
    folder = tmp_path / "data"
    write_documents(folder / "corpus" / "domain", "train", ["Toads are awake at night."])
    return folder


@pytest.fixture
def abstracts(tmp_path):
    """A file of three abstracts: one too early, and two that differ."""
    file = tmp_path / "abstracts.jsonl"
    other = ABSTRACT.replace("newts", "toads")
    write_abstracts(
        file,
        [
            AbstractRecord("10.1/1", ABSTRACT, "2023-02-01", "Behaviour"),
            AbstractRecord("10.1/2", other, "2023-03"),
            AbstractRecord("10.1/3", f"{ABSTRACT} Frogs differ.", "2022-12"),
        ],
    )
    return file


@pytest.fixture
def demo_folder(tmp_path):
    """New abstracts of the made-up field, and a corpus without them."""
    folder = tmp_path / "data"
    demo_abstracts(abstracts=tmp_path / "abstracts.jsonl", number=12)
    write_documents(folder / "corpus" / "domain", "train", ["Ondrels live in the sea."])
    return folder


@pytest.fixture
def proposed(demo_folder, tmp_path):
    """The folder of what the rules propose for them."""
    propose_cases(
        name="ondrology",
        abstracts=tmp_path / "abstracts.jsonl",
        corpus_ends=date(2025, 12, 31),
        proposals=tmp_path / "proposals",
        data=demo_folder,
    )
    return tmp_path / "proposals"
