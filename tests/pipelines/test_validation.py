"""Options in dvc.yaml that keep results out of the store are found."""

import pytest

from components.runtime.errors import InputError
from pipelines.dvc import validation
from pipelines.study.validation import problems, read_study
from tests.conftest import ROOT


def with_output(**options):
    return {"stages": {"make": {"cmd": "true", "outs": [{"artifacts/a": options}]}}}


@pytest.mark.parametrize(
    "options", [{"persist": True}, {"cache": False}, {"push": False}, {"remote": "other"}]
)
def test_options_that_break_the_run_cache_are_found(options):
    (problem,) = problems(with_output(**options))
    assert problem.startswith(f"make: artifacts/a: {next(iter(options))}: ")


@pytest.mark.parametrize(
    "options", [{}, {"persist": False}, {"cache": True}, {"push": True}, {"desc": "x"}]
)
def test_other_options_are_not(options):
    assert not list(problems(with_output(**options)))


@pytest.mark.parametrize("kind", ["outs", "metrics", "plots"])
def test_every_kind_of_output_is_looked_at_also_within_foreach(kind):
    stage = {"cmd": "true", kind: [{"artifacts/${key}": {"cache": False}}]}
    (problem,) = problems({"stages": {"make": {"foreach": ["a"], "do": stage}}})
    assert "artifacts/${key}: cache" in problem


def test_the_folder_of_outputs_is_no_input():
    stages = {
        "make": {"foreach": ["a"], "do": {"cmd": "true", "outs": ["artifacts/made/${key}"]}},
        "read": {"cmd": "true", "deps": ["artifacts/made"], "outs": ["artifacts/read"]},
    }
    (problem,) = problems({"stages": stages})
    assert "read: deps: artifacts/made: " in problem
    assert "artifacts/made/${key}" in problem


def test_an_output_is_an_input():
    stages = {
        "make": {"cmd": "true", "outs": ["artifacts/made"]},
        "read": {"cmd": "true", "deps": ["artifacts/made"], "outs": ["artifacts/read"]},
    }
    assert not list(problems({"stages": stages}))


def test_a_stage_that_always_runs_is_found():
    (problem,) = problems({"stages": {"make": {"cmd": "true", "always_changed": True}}})
    assert "make: always_changed" in problem


@pytest.mark.parametrize("text", ["{", "", "5", "stages: 5", "stages: {a: 5}", "a: 2026-02-31"])
def test_a_definition_of_another_form_is_one_line(tmp_path, text):
    (tmp_path / "dvc.yaml").write_text(text)
    with pytest.raises(InputError, match=r"dvc.yaml: (not YAML|found no table of stages)") as error:
        read_study(ROOT / "params.yaml", definition=tmp_path / "dvc.yaml")
    assert len(str(error.value).splitlines()) == 1


def test_published_tags_that_are_not_among_the_data_are_missed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("pipelines.dvc.graph.read_graph", lambda *_, **__: None)
    for name in ("params.yaml", "dvc.yaml", "data.dvc"):
        text = (ROOT / name).read_text().replace("tagger: keyness", "tagger: published")
        (tmp_path / name).write_text(text)
    files = {"params": "params.yaml", "definition": "dvc.yaml", "data": "data.dvc"}
    given = {key: tmp_path / name for key, name in files.items()}
    (tmp_path / "data" / "corpus").mkdir(parents=True)
    with pytest.raises(InputError, match="`python -m components.dataset originals --parts"):
        validation.validate(**given)
    (tmp_path / "data" / "corpus" / "tags").mkdir()
    validation.validate(**given)
    assert "5 variants" in capsys.readouterr().out
