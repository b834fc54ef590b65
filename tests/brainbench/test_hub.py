import json
import shutil
import subprocess
import sys

import numpy as np
import pytest
from huggingface_hub import DatasetCard, parse_eval_result_entries
from ruamel.yaml import YAML

from components.brainbench.contexts import make_pairs
from components.brainbench.harness import harness_scores
from components.brainbench.hub import hub_benchmark, hub_results
from components.formats.field import Field, write_field
from components.formats.scores import ScoringRecord, read_scores, write_scores
from components.runtime.errors import InputError
from tests.brainbench.cases import make_cases, write_cases

CASES = {"human": make_cases(6), "machine": make_cases(3, start=6)}
DATASET = "some-lab/brook-lore"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "cases").mkdir()
    for author, cases in CASES.items():
        write_cases(tmp_path / "cases" / f"{author}.csv", cases)
    write_field(tmp_path / "field.json", Field("brook lore", made_up=True, notice="Not real."))
    return tmp_path


def export(folder, **options):
    inputs = {"cases": folder / "cases", "field": folder / "field.json"}
    hub_benchmark(**inputs, benchmark=folder / "benchmark", **options)
    return folder / "benchmark"


def read_yaml(file):
    return YAML(typ="safe", pure=True).load(file)


def rows(file):
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_the_answer_is_the_original_in_the_published_order(folder):
    made = export(folder)
    for author, cases in CASES.items():
        found = rows(made / f"{author}.jsonl")
        _, altered_first = make_pairs(cases, context="full", faithful=True, seed=42)
        assert np.array_equal([row["answer"] for row in found], altered_first)
        for row, case in zip(found, cases, strict=True):
            assert row["choices"][row["answer"]] == case.original
            assert row["choices"][1 - row["answer"]] == case.altered


def test_card_and_tasks_name_the_same_files(folder):
    made = export(folder, dataset=DATASET, task="brook")
    card = DatasetCard.load(made / "README.md")
    files = {each["config_name"]: each["data_files"][0] for each in card.data.configs}
    assert set(files) == set(CASES)
    tasks = read_yaml(made / "eval.yaml")["tasks"]
    harness = read_yaml(made / "brook.yaml")["task"]
    for own, other in zip(tasks, harness, strict=True):
        file = files[own["config"]]
        assert file["split"] == own["split"] == other["test_split"]
        assert other["dataset_path"] == DATASET
        assert other["dataset_name"] == own["id"]
        columns = rows(made / file["path"])[0]
        assert {*own["field_spec"].values(), other["doc_to_choice"], other["doc_to_target"]} <= set(
            columns
        )
    assert "simulated.** Not real." in card.text


def test_results_are_the_scores_accuracies(folder):
    record = ScoringRecord("corrected", accuracy={"full": {"human": 0.75, "machine": 0.5}})
    (folder / "scores").mkdir()
    write_scores(folder / "scores", {"full": []}, record=record)
    (folder / "scores" / "README.md").write_text("# A card", encoding="utf-8")
    hub_results(scores=folder / "scores", results=folder / "results", dataset=DATASET)
    assert (folder / "results" / "README.md").read_text(encoding="utf-8") == "# A card"
    content = read_yaml(folder / "results" / ".eval_results" / "brainbench.yaml")
    found = [
        (each.dataset_id, each.task_id, each.value) for each in parse_eval_result_entries(content)
    ]
    assert found == [(DATASET, "human", 0.75), (DATASET, "machine", 0.5)]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"dataset": "no owner"}, "dataset 'no owner': expected an id of the Hub, OWNER/NAME"),
        ({"dataset": "../etc"}, "expected an id of the Hub"),
        ({"task": "../x"}, "task '../x': expected lower-case letters"),
        ({"task": "eval"}, "task 'eval': expected another name"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_names_are_one_line_and_leave_nothing_behind(folder, bad, words):
    with pytest.raises(InputError, match=words):
        export(folder, **bad)
    assert not (folder / "benchmark").exists()


def test_scores_without_whole_abstracts_have_no_results(folder):
    (folder / "scores").mkdir()
    write_scores(folder / "scores", {}, record=ScoringRecord("corrected"))
    with pytest.raises(InputError, match="no accuracy on whole abstracts"):
        hub_results(scores=folder / "scores", results=folder / "results", dataset=DATASET)
    assert not (folder / "results").exists()


@pytest.mark.slow
def test_the_harness_scores_a_model_on_the_task(folder, long_weights, tokenizer):
    """Where lm-evaluation-harness is installed."""
    pytest.importorskip("lm_eval", reason="lm-evaluation-harness is not installed")
    model, logs = folder / "model", folder / "logs"
    for each in (long_weights, tokenizer):
        shutil.copytree(each, model, dirs_exist_ok=True)
    command = [sys.executable, "-m", "lm_eval", "run", "--model", "hf", "--device", "cpu"]
    command += ["--model_args", f"pretrained={model}", "--tasks", "brainbench", "--log_samples"]
    command += ["--include_path", str(export(folder)), "--output_path", str(logs)]
    subprocess.run(command, check=True, cwd=folder)
    files = tuple(logs.rglob("samples_*.jsonl"))
    harness_scores(logs=files, cases=folder / "cases", scores=folder / "scores" / "own")
    found = read_scores(folder / "scores" / "own", cases=CASES)
    assert {name: len(each) for name, each in found.contexts["full"].items()} == {
        "human": 6,
        "machine": 3,
    }
