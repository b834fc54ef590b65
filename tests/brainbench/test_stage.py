import csv
import json
import shutil

import pytest

from components.brainbench.stage import brainbench
from components.cases import COLUMNS
from components.training.stage import training

ORIGINAL = "alpha increased the ratio of beta cells"
ALTERED = "alpha decreased the ratio of beta cells"
CASE = (
    "10.5555/1",
    "Cells",
    ORIGINAL,
    ALTERED,
    ORIGINAL.replace("increased", "[[increased, decreased]]"),
)


@pytest.fixture(scope="module")
def model(tokens, weights, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "model"
    training(
        tokens=tokens,
        weights=weights,
        model=folder,
        epochs=0,
        batch_size=1,
        rows_at_once=8,
        learning_rate=0,
        warmup_share=0,
        weight_decay=0,
        precision="float32",
        seed=1,
    )
    return folder


def write_cases(file, *cases):
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([COLUMNS, *cases])


def test_every_case_is_scored_and_counted(model, tmp_path):
    swapped = (
        "10.5555/2",
        "Cells",
        ALTERED,
        ORIGINAL,
        ALTERED.replace("decreased", "[[decreased, increased]]"),
    )
    write_cases(tmp_path / "human.csv", CASE, swapped)
    write_cases(tmp_path / "machine.csv", CASE)
    brainbench(model=model, cases=tmp_path, scores=tmp_path / "scores")
    with (tmp_path / "scores" / "cases.csv").open() as lines:
        first, second, machine = list(csv.DictReader(lines))
    assert first["original_perplexity"] == second["altered_perplexity"]
    assert first["altered_perplexity"] == second["original_perplexity"]
    assert {first["correct"], second["correct"]} == {"0", "1"}
    assert (machine["author"], machine["case"]) == ("machine", "0")
    assert machine["original_perplexity"] == first["original_perplexity"]
    metrics = json.loads((tmp_path / "scores" / "metrics.json").read_text())
    assert metrics["accuracy"]["human"] == 0.5
    assert metrics["num_cases"] == {"human": 2, "machine": 1}
    assert metrics["model"] == json.loads((model / "training.json").read_text())


def test_a_text_beyond_the_context_is_one_line(model, tmp_path, run_stage, assert_one_line):
    long = tuple(text + " beta" * 40 for text in CASE[2:])
    write_cases(tmp_path / "human.csv", CASE, (*CASE[:2], *long))
    command = ("--model", model, "--cases", tmp_path, "--scores", tmp_path / "scores")
    process = run_stage("brainbench", *command)
    assert_one_line(process, "expected 2 to 32", "human-made case 1", CASE[0])
    assert not (tmp_path / "scores").exists()


def test_an_unbalanced_bracket_is_one_line(model, tmp_path, run_stage, assert_one_line):
    write_cases(tmp_path / "human.csv", (*CASE[:4], CASE[4].replace("]]", "]")))
    command = ("--model", model, "--cases", tmp_path, "--scores", tmp_path / "scores")
    assert_one_line(run_stage("brainbench", *command), "unbalanced bracket", "row 1")
    assert not (tmp_path / "scores").exists()


def test_a_tokenizer_that_does_not_fit_the_model_is_one_line(
    model, tmp_path, reference, run_stage, assert_one_line
):
    write_cases(tmp_path / "human.csv", CASE)
    other = reference / "tokenizers" / "gpt2"
    command = ("--model", model, "--cases", tmp_path, "--scores", tmp_path / "scores")
    process = run_stage("brainbench", *command, "--tokenizer", other)
    assert_one_line(process, "50,257 tokens", other, "expected the model's vocabulary of 290")


def test_weights_that_do_not_fit_their_configuration_are_one_line(
    model, tmp_path, run_stage, assert_one_line
):
    write_cases(tmp_path / "human.csv", CASE)
    shutil.copytree(model, tmp_path / "model")
    config = json.loads((model / "config.json").read_text())
    (tmp_path / "model" / "config.json").write_text(json.dumps({**config, "vocab_size": 400}))
    command = ("--model", tmp_path / "model", "--cases", tmp_path, "--scores", tmp_path / "scores")
    assert_one_line(run_stage("brainbench", *command), tmp_path / "model")
