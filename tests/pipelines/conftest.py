"""The compiled pipeline, and the folder in which the tests of the pipeline run."""

import pytest
import yaml

from tests.conftest import ROOT
from tests.faulty_proxy import proxy
from tests.many_variants import compile_in, many_variants
from tests.s3_server import s3, store, store_folder
from tests.small_study import pods, study, template


@pytest.fixture(scope="session")
def compiled(tmp_path_factory):
    """The file of the repository's study for Kubeflow, compiled once."""
    return compile_in(ROOT, output=tmp_path_factory.mktemp("compiled") / "study.yaml")


@pytest.fixture(scope="session")
def large(tmp_path_factory):
    """A study of sixty variants, for Kubeflow and for Kubernetes."""
    file = many_variants(tmp_path_factory.mktemp("large"), 60)
    return list(yaml.load_all(file.read_text(), yaml.CSafeLoader))


@pytest.fixture
def here(monkeypatch):
    monkeypatch.chdir(ROOT)
