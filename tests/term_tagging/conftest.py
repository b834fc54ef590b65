import pytest

from components.formats.corpus import write_documents
from components.formats.field import Field, write_field
from components.tokenizer.stage import tokenizer
from tests.conftest import reference
from tests.language_model_server import FakeModel, one_certificate, serve, server


@pytest.fixture(scope="package")
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
    write_field(folder / "field.json", Field("neuroscience", made_up=False))
    return folder


@pytest.fixture
def model():
    return FakeModel()


@pytest.fixture
def endpoint(model, server):
    return serve(model, server)
