"""What keeps results out of the store, or dvc.yaml from fitting the parameters, is found."""

import pytest
from ruamel.yaml import YAML

from components.formats.cases import AUTHORS
from components.formats.tokens import read_tokens
from components.runtime.errors import InputError
from pipelines.dvc import validation
from pipelines.dvc.graph import read_graph
from pipelines.dvc.validation import _check_lengths, costs, table
from pipelines.study.params import read_params
from pipelines.study.validation import problems, read_study, use, with_variants
from tests.brainbench.cases import make_cases, write_cases
from tests.conftest import ROOT

DEFINITION = (ROOT / "dvc.yaml").read_text()

HARMFUL = {"persist": True, "cache": False, "push": False, "remote": "other"}
HARMLESS = {"persist": False, "cache": True, "push": True, "desc": "x"}
UNCACHED = {"artifacts/${key}": {"cache": False}}
READING = {"deps": ["artifacts/made"], "outs": [{"artifacts/read": HARMLESS}]}


def write_benchmark(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for author in AUTHORS:
        write_cases(folder / f"{author}.csv", make_cases(3))


def foreach(**stage):
    return {"foreach": ["a"], "do": stage}


@pytest.mark.parametrize(
    ("stages", "problem"),
    [
        *(
            ({"make": {"outs": [{"artifacts/a": {key: value}}]}}, f"make: artifacts/a: {key}: ")
            for key, value in HARMFUL.items()
        ),
        *(
            ({"make": foreach(**{kind: [UNCACHED]})}, "make: artifacts/${key}: cache: ")
            for kind in ("outs", "metrics", "plots")
        ),
        ({"make": {"always_changed": True}}, "make: always_changed: "),
        (
            {"make": foreach(outs=["artifacts/made/${key}"]), "read": READING},
            "read: deps: artifacts/made: found a folder of outputs, expected ['artifacts/made/$",
        ),
    ],
)
def test_what_keeps_results_out_of_the_store_is_found(stages, problem):
    (found,) = problems({"stages": stages})
    assert found.startswith(problem)


def test_other_options_and_outputs_that_are_read_are_no_problem():
    assert not list(problems({"stages": {"make": {"outs": ["artifacts/made"]}, "read": READING}}))


@pytest.mark.parametrize("text", ["{", "", "5", "stages: 5", "stages: {a: 5}", "a: 2026-02-31"])
def test_a_definition_of_another_form_is_one_line(tmp_path, text):
    (tmp_path / "dvc.yaml").write_text(text)
    with pytest.raises(InputError, match=r"dvc.yaml: (not YAML|found no table of stages)") as error:
        read_study(ROOT / "params.yaml", definition=tmp_path / "dvc.yaml")
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows.pop("overlap"), "resources: found no overlap, expected a row for each"),
        (lambda rows: rows.update(odd=rows["overlap"]), "resources: found odd, expected a row for"),
    ],
)
def test_resources_are_those_of_the_stages_of_dvc_yaml(tmp_path, change, words):
    yaml = YAML(typ="safe", pure=True)
    params = yaml.load(ROOT / "params.yaml")
    change(params["resources"])
    yaml.dump(params, tmp_path / "params.yaml")
    with pytest.raises(InputError) as error:
        read_study(tmp_path / "params.yaml", definition=ROOT / "dvc.yaml")
    assert words in str(error.value)


def test_the_published_study_takes_the_demos_place_and_gives_it_back(tmp_path):
    definition, used = tmp_path / "dvc.yaml", tmp_path / "params.yaml"
    definition.write_text(DEFINITION)
    for params in (ROOT / "params.paper.yaml", ROOT / "params.yaml"):
        use(params=params, definition=definition)
        assert used.read_bytes() == params.read_bytes()
        read_study(used, definition=definition)
    assert definition.read_text() == DEFINITION
    with pytest.raises(InputError, match="dvc.yaml: stages.statistics.deps: no artifacts/scores/"):
        read_study(ROOT / "params.paper.yaml", definition=definition)


def test_variants_whose_lines_are_not_together_are_refused_and_nothing_is_written(tmp_path):
    line = "      - artifacts/scores/gpt2-scratch\n"
    parted = DEFINITION.replace(line, f"      # ours\n{line}", 1)
    (tmp_path / "dvc.yaml").write_text(parted)
    with pytest.raises(InputError, match="statistics.deps: artifacts/scores/gpt2-untrained twice"):
        use(params=ROOT / "params.yaml", definition=tmp_path / "dvc.yaml")
    assert (tmp_path / "dvc.yaml").read_text() == parted
    assert not (tmp_path / "params.yaml").exists()


def test_a_separator_run_has_tokens_of_its_own(tmp_path):
    (tmp_path / "components").symlink_to(ROOT / "components")
    (tmp_path / ".dvcignore").symlink_to(ROOT / ".dvcignore")
    params = ROOT / "params.paper.yaml"
    variants = read_params(params).variants
    (tmp_path / "dvc.yaml").write_text(with_variants(DEFINITION, variants))
    data = (ROOT / "data.dvc").read_text()
    nodes = read_graph(tmp_path, params=params.read_text(), data=data)
    after = {node.stage: set(node.after) for node in nodes}
    assert after["training@gpt2-774m-neuro-separator"] == {
        "initialization@gpt2-large",
        "tokenization@domain-separator",
    }
    assert after["tokenization@domain-separator"] == {"tokenizer@domain-separator"}
    assert after["tokenizer@domain-separator"] == {"tokenizer@domain"}
    scores = {f"brainbench@{name}" for name in variants}
    assert after["statistics"] == scores | {"overlap"}
    assert after["evidence"] == scores


def test_costs_are_known_once_the_tokens_are_made(tmp_path, tokens):
    study = read_params(ROOT / "params.yaml")
    twice = study.variants["gpt2-neuro"].model_copy(update={"epochs": 2})
    study = study.model_copy(
        update={"context_length": 32, "variants": study.variants | {"gpt2-neuro": twice}}
    )
    (tmp_path / "domain").symlink_to(tokens)
    rows = {name: rest for name, *rest in costs(study, tokens=tmp_path)}
    num_sequences = len(read_tokens(tokens).train.sequences)
    assert rows["gpt2-neuro"] == [f"{2 * num_sequences * 32:,}", f"{num_sequences // 4 * 2:,}"]
    assert rows["gpt2-scratch"] == ["1 x tokens of pretrained, not made yet", "?"]
    assert rows["gpt2-untrained"] == ["0", "0"]
    assert table([("a", "bc"), ("def", "g")]) == "a    bc\ndef  g"


def test_published_tags_that_are_not_among_the_data_are_missed(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("pipelines.dvc.graph.read_graph", lambda *_, **__: [])
    for name in ("params.yaml", "dvc.yaml", "data.dvc"):
        text = (ROOT / name).read_text().replace("tagger: keyness", "tagger: published")
        (tmp_path / name).write_text(text)
    files = {"params": "params.yaml", "definition": "dvc.yaml", "data": "data.dvc"}
    given = {key: tmp_path / name for key, name in files.items()}
    (tmp_path / "data" / "corpus").mkdir(parents=True)
    write_benchmark(tmp_path / "data" / "brainbench")
    with pytest.raises(InputError, match="`python -m components.dataset originals --parts"):
        validation.validate(**given)
    (tmp_path / "data" / "corpus" / "tags").mkdir()
    validation.validate(**given)
    assert "5 variants" in capsys.readouterr().out


def test_a_part_of_the_data_that_a_stage_reads_is_missed(tmp_path, capsys):
    for name in ("params.yaml", "dvc.yaml", "data.dvc"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / "components").symlink_to(ROOT / "components")
    files = {"params": "params.yaml", "definition": "dvc.yaml", "data": "data.dvc"}
    given = {key: tmp_path / name for key, name in files.items()}
    validation.validate(**given)  # the data may be elsewhere
    for part in ("corpus/domain", "corpus/general", "brainbench", "participants"):
        (tmp_path / "data" / part).mkdir(parents=True)
    with pytest.raises(InputError, match=r"no .*data/field\.json, which brainbench@.* reads"):
        validation.validate(**given)
    (tmp_path / "data" / "field.json").touch()
    with pytest.raises(InputError, match=r"no cases in .*brainbench: expected human\.csv"):
        validation.validate(**given)
    write_benchmark(tmp_path / "data" / "brainbench")
    validation.validate(**given)
    assert capsys.readouterr().out.count("5 variants") == 2


def test_an_abstract_is_too_long_before_any_model_is_trained(tmp_path):
    """Of at least 18 tokens: 15 words and numbers, and three full stops."""
    study = read_params(ROOT / "params.yaml")
    write_benchmark(tmp_path)
    _check_lengths(study.model_copy(update={"context_length": 18}), tmp_path)
    short = study.model_copy(update={"context_length": 17})
    with pytest.raises(InputError, match=r"human\.csv: case 1 has at least 18 .*: expected .* 17"):
        _check_lengths(short, tmp_path)
    pretrained = {"gpt2-pretrained": study.variants["gpt2-pretrained"]}  # its weights may see more
    _check_lengths(short.model_copy(update={"variants": pretrained}), tmp_path)
