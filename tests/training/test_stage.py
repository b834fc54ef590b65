import json
import shutil

import pytest
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer

from components.runtime.errors import InputError
from components.training.checkpoint import state_key
from components.training.stage import training
from tests.training.process import RECIPE, flags


def test_no_epochs_take_the_weights_over(tokens, weights, tmp_path):
    options = {**RECIPE, "epochs": 0}
    training(tokens=tokens, weights=weights, model=tmp_path / "model", **options)
    for folder in (weights, tmp_path / "model"):
        assert (folder / "model.safetensors").is_file()
    same = [(folder / "model.safetensors").read_bytes() for folder in (weights, tmp_path / "model")]
    assert same[0] == same[1]
    record = json.loads((tmp_path / "model" / "training.json").read_text())
    assert record["epochs"] == []
    assert record["training_seconds"] == 0
    assert record["validation_perplexity"] == pytest.approx(290, rel=0.1)


def test_training_learns_and_leaves_a_model_that_transformers_reads(whole):
    record = json.loads((whole / "training.json").read_text())
    first, last = record["epochs"]
    assert last["validation_perplexity"] < first["validation_perplexity"] < 280
    assert record["validation_perplexity"] == last["validation_perplexity"]
    lines = [json.loads(line) for line in (whole / "history.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == sorted(line["step"] for line in lines)
    assert lines[-1]["validation_perplexity"] == last["validation_perplexity"]
    model = AutoModelForCausalLM.from_pretrained(whole)
    tokenizer = AutoTokenizer.from_pretrained(whole)
    assert model.config.eos_token_id == tokenizer.eos_token_id == 0
    assert not list(whole.glob("*.bin"))


def test_micro_batch_size_change_memory_not_the_result(tokens, weights, whole, tmp_path):
    weights_without_dropout = tmp_path / "weights"
    shutil.copytree(weights, weights_without_dropout)
    config = json.loads((weights / "config.json").read_text())
    config |= {"embd_pdrop": 0.0, "attn_pdrop": 0.0, "resid_pdrop": 0.0}
    (weights_without_dropout / "config.json").write_text(json.dumps(config))
    losses = []
    for micro_batch_size in (1, 4):
        options = {**RECIPE, "micro_batch_size": micro_batch_size, "epochs": 1}
        model = tmp_path / f"model{micro_batch_size}"
        training(tokens=tokens, weights=weights_without_dropout, model=model, **options)
        losses.append(json.loads((model / "training.json").read_text())["validation_perplexity"])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


@pytest.mark.parametrize("change", [{"seed": 2}, {"peak_learning_rate": 2e-3}, {"epochs": 3}])
def test_another_run_does_not_go_on_from_this_ones_checkpoint(change, tokens, weights):
    files = [*tokens.iterdir(), *weights.iterdir()]
    assert state_key(RECIPE, files=files) == state_key(dict(RECIPE), files=files[::-1])
    assert state_key(RECIPE, files=files) != state_key({**RECIPE, **change}, files=files)


def test_changed_data_do_not_go_on_from_old_checkpoints(tokens, tmp_path):
    shutil.copytree(tokens, tmp_path / "tokens")
    files = sorted((tmp_path / "tokens").iterdir())
    before = state_key(RECIPE, files=files)
    assert before == state_key(RECIPE, files=sorted(tokens.iterdir()))
    with (tmp_path / "tokens" / "train.npy").open("r+b") as file:
        file.seek(200)
        file.write(b"!")
    assert before != state_key(RECIPE, files=files)


def test_tokens_of_another_vocabulary_are_refused(tokens, tmp_path, run_stage, assert_one_line):
    sizes = {
        "num_layers": 1,
        "num_heads": 1,
        "hidden_size": 8,
        "context_length": 32,
        "vocabulary_size": 300,
        "dropout": 0.0,
        "initializer_range": 0.02,
        "seed": 1,
    }
    made = run_stage("initialization", *flags(weights=tmp_path / "w", **sizes))
    assert made.returncode == 0, made.stderr
    command = flags(tokens=tokens, weights=tmp_path / "w", model=tmp_path / "model", **RECIPE)
    process = run_stage("training", *command)
    assert_one_line(process, "290 tokens", "expected the model's vocabulary of 300", tokens)
    assert not (tmp_path / "model").exists()


def test_rows_longer_than_the_context_are_refused(tokens, weights, tmp_path):
    config = json.loads((weights / "config.json").read_text())
    shutil.copytree(weights, tmp_path / "w")
    tensors = load_file(weights / "model.safetensors")
    tensors["transformer.wpe.weight"] = tensors["transformer.wpe.weight"][:16].clone()
    save_file(tensors, tmp_path / "w" / "model.safetensors", metadata={"format": "pt"})
    (tmp_path / "w" / "config.json").write_text(json.dumps({**config, "n_positions": 16}))
    with pytest.raises(InputError, match="sequences of 32 tokens: expected at most the model's 16"):
        training(tokens=tokens, weights=tmp_path / "w", model=tmp_path / "model", **RECIPE)


def test_a_full_disk_is_one_line_and_no_model(tokens, weights, tmp_path, run_on_small_disk):
    command = flags(tokens=tokens, weights=weights, model=tmp_path / "a" / "model", **RECIPE)
    (tmp_path / "a").mkdir()
    command += ["--state", str(tmp_path / "state")]
    process = run_on_small_disk(tmp_path / "a", "training", *command)
    assert process.returncode == 1, process.stderr
    assert process.stderr.splitlines()[-1].startswith("error: no space left on the disk")
    assert str(tmp_path / "a" / "model") not in process.stdout.splitlines()
