"""The compiled pipeline, and the folder in which the tests of the pipeline run."""

import pytest
import yaml

from tests.compiling import compile_another_variant, compile_once
from tests.conftest import ROOT
from tests.faulty_proxy import proxy
from tests.models import corpus, tokenizer, tokens
from tests.s3_server import s3, store, store_folder
from tests.small_study import pods, study, template


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """The file of the repository's study for Kubeflow, compiled once."""
    return compile_once(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def specifications(compiled):
    """The compiled pipeline and its settings for Kubernetes, as Kubeflow reads them."""
    return list(yaml.load_all(compiled.read_text(), yaml.CSafeLoader))


@pytest.fixture(scope="session")
def specification(specifications):
    """The compiled pipeline as Kubeflow reads it."""
    return specifications[0]


@pytest.fixture(scope="session")
def one_more(tmp_path_factory):
    """The same for a study with one variant more."""
    file = compile_another_variant(tmp_path_factory.mktemp("one_more"))
    return next(yaml.load_all(file.read_text(), yaml.CSafeLoader))


@pytest.fixture
def here(monkeypatch):
    monkeypatch.chdir(ROOT)
