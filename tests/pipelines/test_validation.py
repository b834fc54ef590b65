"""Options in dvc.yaml that keep results out of the store are found."""

import pytest

from components.runtime.errors import InputError
from pipelines.dvc import validation
from pipelines.study.validation import problems, read_study
from tests.conftest import ROOT


def making(**entry):
    return {"make": {"cmd": "true", **entry}}


HARMFUL = {"persist": True, "cache": False, "push": False, "remote": "other"}
HARMLESS = [{}, {"persist": False}, {"cache": True}, {"push": True}, {"desc": "x"}]
KEY = "artifacts/${key}"
UNCACHED = {KEY: {"cache": False}}
READING = {"read": {"cmd": "true", "deps": ["artifacts/made"], "outs": ["artifacts/read"]}}
FOREACH = {"foreach": ["a"], "do": {"cmd": "true", "outs": ["artifacts/made/${key}"]}}


@pytest.mark.parametrize(
    ("stages", "problem"),
    [
        *(
            (making(outs=[{"artifacts/a": {option: value}}]), f"make: artifacts/a: {option}: ")
            for option, value in HARMFUL.items()
        ),
        *(
            (
                {"make": {"foreach": ["a"], "do": {kind: [UNCACHED]}}},
                "make: artifacts/${key}: cache",
            )
            for kind in ("outs", "metrics", "plots")
        ),
        (making(always_changed=True), "make: always_changed: "),
        ({"make": FOREACH, **READING}, "read: deps: artifacts/made: found a folder of outputs"),
    ],
)
def test_what_keeps_results_out_of_the_store_is_found(stages, problem):
    (found,) = problems({"stages": stages})
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "stages",
    [
        *(making(outs=[{"artifacts/a": options}]) for options in HARMLESS),
        making(outs=["artifacts/made"]) | READING,
    ],
)
def test_other_options_and_outputs_that_are_read_are_no_problem(stages):
    assert not list(problems({"stages": stages}))


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
