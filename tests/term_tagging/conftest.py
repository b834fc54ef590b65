import certifi
import pytest
from pytest_httpserver import HTTPServer

from components.formats.corpus import write_documents
from components.formats.field import Field, write_field
from components.tokenizer.stage import tokenizer
from tests.conftest import reference
from tests.language_model_server import FakeModel, serve


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


@pytest.fixture(scope="package")
def server():
    """A server for all tests: each takes half a second to stop."""
    with HTTPServer(threaded=True) as server:
        yield server


@pytest.fixture
def endpoint(model, server):
    return serve(model, server)


@pytest.fixture(autouse=True, scope="package")
def one_certificate(tmp_path_factory):
    """Lets clients, which ask no server over TLS here, load one certificate and not 140."""
    file = tmp_path_factory.mktemp("certificates") / "one.pem"
    first, end, _ = certifi.contents().partition("-----END CERTIFICATE-----\n")
    file.write_text(first + end)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        yield
