"""READMEs and metadata of the components."""

import re
import shutil

import pytest
from ruamel.yaml import YAML

from components.errors import InputError
from pipelines.description import METADATA, README, describe
from tests.conftest import ROOT

STAGES = sorted(path.parent.name for path in ROOT.glob("components/*/stage.py"))
# As scripts/validate_metadata/metadata_schema.json of kubeflow/pipelines-components has it.
VERSION = re.compile(r"(==|>=|<=|~=)?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


@pytest.fixture
def components(tmp_path, monkeypatch):
    """A copy of the components' folders."""
    monkeypatch.chdir(ROOT)
    skip = shutil.ignore_patterns("__pycache__")
    return shutil.copytree(ROOT / "components", tmp_path / "components", ignore=skip)


def metadata(folder):
    return YAML(typ="safe", pure=True).load(folder / METADATA)


def test_they_are_what_code_and_dvc_yaml_say(components):
    describe(components=components)
    for stage in STAGES:
        for name in (README, METADATA):
            file = ROOT / "components" / stage / name
            assert file.is_file(), f"{file} is missing: run python -m pipelines describe"
            assert file.read_text() == (components / stage / name).read_text(), (
                f"{file} is stale: run python -m pipelines describe"
            )


@pytest.mark.parametrize("stage", STAGES)
def test_metadata_has_kubeflows_form(stage):
    found = metadata(ROOT / "components" / stage)
    assert found.keys() == {"name", "stability", "dependencies", "tags", "lastVerified"}
    assert found["name"] == stage
    assert found["stability"] in ("alpha", "beta", "stable")
    assert found["dependencies"].keys() == {"kubeflow"}
    (pipelines,) = found["dependencies"]["kubeflow"]
    assert pipelines["name"] == "Pipelines"
    assert VERSION.fullmatch(pipelines["version"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00Z", found["lastVerified"])


def test_the_day_stays_until_another_is_given(components):
    before = metadata(components / "training")["lastVerified"]
    describe(components=components)
    assert metadata(components / "training")["lastVerified"] == before
    describe(components=components, verified="2031-02-03")
    assert metadata(components / "training")["lastVerified"] == "2031-02-03T00:00:00Z"


def test_a_day_that_is_none_is_named(components):
    with pytest.raises(InputError, match="verified: found '2026-13-01', expected a day"):
        describe(components=components, verified="2026-13-01")


def test_an_entry_that_does_not_say_what_it_asks_of_a_node_is_named(components, monkeypatch):
    definition = (ROOT / "dvc.yaml").read_text().replace("hours: 2}", "}")
    (components.parent / "dvc.yaml").write_text(definition)
    monkeypatch.chdir(components.parent)
    with pytest.raises(InputError, match=r"dvc.yaml: figures: meta: found no hours"):
        describe()


def test_a_stage_without_an_entry_in_dvc_yaml_is_named(components):
    shutil.copytree(components / "overlap", components / "made_up")
    with pytest.raises(InputError, match=r"dvc.yaml: found no stage that runs python -m comp"):
        describe(components=components)
