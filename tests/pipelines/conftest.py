"""A Kubeflow Pipelines host for the tests of what speaks to one."""

import pytest

from pipelines.runs import watching
from tests.conftest import ROOT
from tests.pipelines.runs.kfp_server import running_host


@pytest.fixture
def host(monkeypatch):
    """A host, and an environment that knows of none."""
    monkeypatch.setattr(watching, "SECONDS_BETWEEN_LOOKS", 0.01)
    for name in ("KFP_TOKEN", "KF_PIPELINES_ENDPOINT", "KF_PIPELINES_UI_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    with running_host() as running:
        yield running


@pytest.fixture
def here(monkeypatch):
    monkeypatch.chdir(ROOT)
