import json
import math
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from huggingface_hub import ModelCard
from transformers import AutoModelForCausalLM, AutoTokenizer

from components.runtime.errors import InputError
from components.runtime.state import state_key
from components.training import record as records
from components.training.failures import failures_in_a_line
from components.training.stage import training
from tests.models import initialized
from tests.training.conftest import advance
from tests.training.process import RECIPE, flags


@pytest.mark.slow
def test_no_epochs_take_the_weights_over(tokens, weights, tmp_path):
    options = {**RECIPE, "epochs": 0}
    training(tokens=tokens, weights=weights, model=tmp_path / "model", **options)
    one, other = (folder / "model.safetensors" for folder in (weights, tmp_path / "model"))
    assert one.read_bytes() == other.read_bytes()
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
    assert [step for step, _ in record["losses"]] == [
        line["step"] * 4 * 32 for line in lines if "learning_rate" in line
    ]
    result, *_ = ModelCard.load(whole / "README.md").data.eval_results
    assert result.metric_value == record["validation_perplexity"]
    model = AutoModelForCausalLM.from_pretrained(whole)
    tokenizer = AutoTokenizer.from_pretrained(whole)
    assert model.config.eos_token_id == tokenizer.eos_token_id == 0
    assert not list(whole.glob("*.bin"))


def test_the_micro_batch_size_changes_memory_not_the_result(make_run, long_weights):
    """Of weights without dropout; 3 parts a batch of 4 unevenly."""
    runs = [make_run(weights=long_weights, micro_batch_size=size) for size in (1, 3, 4)]
    for run in runs:
        advance(run, 6)
        assert run.history.losses == pytest.approx(runs[0].history.losses, rel=1e-4)


def test_another_recipe_and_changed_data_do_not_go_on_from_this_ones_checkpoint(tokens, tmp_path):
    folder = shutil.copytree(tokens, tmp_path / "tokens")
    key = state_key(RECIPE, files=tokens.iterdir())
    assert key == state_key(dict(RECIPE), files=[*folder.iterdir()][::-1])
    for change in ({"seed": 2}, {"peak_learning_rate": 2e-3}, {"epochs": 3}):
        assert key != state_key(RECIPE | change, files=tokens.iterdir())
    with (folder / "train.npy").open("r+b") as file:
        file.seek(200)
        file.write(b"!")
    assert key != state_key(RECIPE, files=folder.iterdir())


def refused(tokens, weights, model, *, found):
    with pytest.raises(InputError, match=found):
        training(tokens=tokens, weights=weights, model=model, **RECIPE)
    assert not model.exists()


@pytest.mark.parametrize(
    ("sizes", "found"),
    [
        ({"vocabulary_size": 300}, "290 tokens .*: expected the model's vocabulary of 300"),
        ({"context_length": 16}, "32 tokens in .*train.npy: expected at most the model's 16"),
    ],
)
def test_tokens_that_do_not_fit_the_weights_are_refused(tokens, tmp_path, sizes, found):
    initialized(tmp_path / "weights", **{"context_length": 32, "dropout": 0, "seed": 1} | sizes)
    refused(tokens, tmp_path / "weights", tmp_path / "model", found=found)


def test_two_models_that_are_trained_alike_are_trained_at_one_time(
    tokens, weights, tmp_path, monkeypatch
):
    options = {"tokens": tokens, "weights": weights, "state": tmp_path / "state"}
    options |= RECIPE | {"epochs": 0}
    written = records.write_result

    def meanwhile(folder, *arguments, **named):
        if "two" not in folder.name:
            training(model=tmp_path / "two", **options)
        written(folder, *arguments, **named)

    monkeypatch.setattr(records, "write_result", meanwhile)
    training(model=tmp_path / "one", **options)
    one, two = (tmp_path / name / "model.safetensors" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    ("often", "found"),
    [
        ({"checkpoint_seconds": math.nan}, "checkpoint_seconds nan: expected at least 0"),
        ({"checkpoint_seconds": -1.0}, "checkpoint_seconds -1.0: expected at least 0"),
        ({"checkpoint_steps": -5}, "checkpoint_steps -5: expected 0 to"),
    ],
)
def test_times_and_steps_without_checkpoints_are_refused(often, found, tokens, weights, tmp_path):
    with pytest.raises(InputError, match=found):
        training(tokens=tokens, weights=weights, model=tmp_path / "model", **RECIPE | often)


def test_an_output_that_is_not_replaced_is_refused_before_training(tmp_path):
    with pytest.raises(InputError, match="holds the working directory"):
        training(tokens=tmp_path / "none", weights=tmp_path / "none", model=Path(), **RECIPE)


@pytest.mark.skipif(torch.cuda.is_available(), reason="has a GPU")
def test_float16_on_a_cpu_is_refused_where_it_would_be_float32(tokens, weights, tmp_path):
    options = RECIPE | {"precision": "float16"}
    with pytest.raises(InputError, match="float16 without a GPU: expected float32"):
        training(tokens=tokens, weights=weights, model=tmp_path / "model", **options)


@pytest.mark.parametrize(
    ("split", "change", "found"),
    [
        ("train", 290, r"token id 290 in .*train.npy: expected ids below the vocab.*, 290"),
        ("validation", 65535, r"token id 65535 in .*validation.npy"),
        ("validation", None, "no validation sequences at .*: expected text to validate with"),
    ],
)
def test_damaged_tokens_are_refused(split, change, found, tokens, weights, tmp_path):
    folder = shutil.copytree(tokens, tmp_path / "tokens")
    sequences = np.load(folder / f"{split}.npy")
    if change is None:
        sequences = sequences[:0]
        counts = json.loads((folder / "tokens.json").read_text())
        counts[split]["num_sequences"] = 0
        (folder / "tokens.json").write_text(json.dumps(counts))
    else:
        sequences[-1, -1] = change
    np.save(folder / f"{split}.npy", sequences)
    refused(folder, weights, tmp_path / "model", found=found)


GPU_WORDS = (
    "CUDA out of memory. Tried to allocate 20.50 GiB. GPU 0 has a total capacity of 79.11 GiB"
)
CPU_WORDS = "DefaultCPUAllocator: can't allocate memory: you tried to allocate 107374182400 bytes"


@pytest.mark.parametrize(
    ("device", "error", "micro_batch_size", "said"),
    [
        (
            "cuda",
            torch.OutOfMemoryError(GPU_WORDS),
            64,
            r"80\.5 GiB of memory, the GPU has 79\.0 GiB",
        ),
        ("cpu", RuntimeError(CPU_WORDS), 1, r"10\d\.\d GiB of memory, the machine has \d+\.\d GiB"),
        ("cpu", RuntimeError("size mismatch"), 2, None),
    ],
)
def test_a_batch_that_does_not_fit_into_memory_is_a_hint(
    monkeypatch, device, error, micro_batch_size, said
):
    properties = SimpleNamespace(total_memory=79 * 2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: properties)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _: 60 * 2**30)
    accelerator = SimpleNamespace(device=torch.device(device), num_processes=1)
    sizes = {"micro_batch_size": micro_batch_size, "sequence_length": 1024}
    with pytest.raises(InputError if said else type(error)) as found:  # noqa: SIM117
        with failures_in_a_line(accelerator, **sizes):
            raise error
    if said:
        smaller = {64: "a micro_batch_size of 32", 1: "a smaller model or shorter sequences"}
        start = f"micro_batch_size {micro_batch_size}, sequences of 1,024 tokens: needs more than "
        assert re.fullmatch(f"{start}{said}; try {smaller[micro_batch_size]}", str(found.value))


def test_training_stops_at_the_first_loss_that_is_not_finite(make_run):
    run = make_run()
    advance(run, 3)
    run.model.get_input_embeddings().weight.data[:] = math.nan
    with pytest.raises(InputError, match="loss nan at optimizer step 4: expected a finite"):
        advance(run, 1)


def test_weights_without_a_finite_perplexity_are_no_result(make_run):
    run = make_run(peak_learning_rate=10.0)
    with pytest.raises(InputError, match="validation loss of .* nats per token: expected a finite"):
        run.train(checkpoint_seconds=3600)


@pytest.mark.slow
def test_weights_that_are_not_finite_replace_no_checkpoint(make_run, tmp_path):
    run = make_run()
    run.train(checkpoint_seconds=3600)
    kept = list(tmp_path.glob("state/*"))
    run.model.get_input_embeddings().weight.data[0] = math.nan
    with pytest.raises(InputError, match="weights .* are not finite after optimizer step 40"):
        run.train(checkpoint_seconds=3600)
    assert list(tmp_path.glob("state/*")) == kept


def test_a_full_disk_is_one_line_and_no_model(tokens, weights, tmp_path, run_on_small_disk):
    options = RECIPE | {"epochs": 0}
    command = flags(tokens=tokens, weights=weights, model=tmp_path / "a" / "model", **options)
    (tmp_path / "a").mkdir()
    command += ["--state", str(tmp_path / "state")]
    process = run_on_small_disk(tmp_path / "a", "training", *command)
    assert process.returncode == 1, process.stderr
    assert process.stderr.splitlines()[-1].startswith("error: no space left on the disk")
    assert str(tmp_path / "a" / "model") not in process.stdout.splitlines()
