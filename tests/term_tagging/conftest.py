import json

import pytest

from components.formats.corpus import write_documents
from components.formats.field import Field, write_field
from components.formats.params import LanguageModel
from components.term_tagging.stage import term_tagging
from components.tokenizer.stage import tokenizer
from tests.conftest import reference
from tests.fuzz import run_in_process
from tests.language_model_server import KEY, FakeModel, one_certificate, quick, serve, server


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


@pytest.fixture
def tag(field, endpoint, quick, tmp_path, monkeypatch):
    """Tags the field's terms; returns the line of a refusal, None otherwise."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def run(**changes):
        flags = {
            "tokenizers": field / "tokenizers",
            "terms": tmp_path / "terms",
            "field": field / "field.json",
            "state": tmp_path / "state",
            "tagger": "language-model",
            "endpoint": endpoint,
            "model": "tiny",
            **changes,
        }
        given = {name: value for name, value in flags.items() if value is not None}
        return run_in_process(term_tagging, *(f"--{k}={v}" for k, v in given.items()))

    return run


@pytest.fixture
def tag_words(quick, tmp_path):
    """Tags words of one vocabulary by a profile of an endpoint's model."""

    def run(words, *, endpoint, profile, model="tiny", **limits):
        from components.term_tagging.language_model import language_model_tags

        tags, use = language_model_tags(
            {"pretrained": words, "domain": []},
            texts={each: each for each in words},
            profile=profile,
            endpoint=endpoint,
            model=model,
            limits=LanguageModel(**{"concurrency": 2} | limits),
            state=tmp_path / "state",
        )
        return {each.term: each.tag for each in tags["pretrained"]}, use

    return run


def tags(folder):
    """Each vocabulary's tags in the published form, the domain's first."""
    files = sorted(folder.glob("*_term_tagging_results.txt"))
    return [dict(line.rsplit(", ", 1) for line in file.read_text().splitlines()) for file in files]


def journal_lines(tmp_path):
    files = sorted(tmp_path.glob("state/*/answers-*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]
