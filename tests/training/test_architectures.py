"""Architectures given by their configuration, through the stages that a study runs."""

import json

import pytest

from components.brainbench.stage import brainbench
from components.formats.model import read_model
from components.initialization.stage import initialization
from components.training.stage import training
from tests.brainbench.cases import make_cases, write_cases
from tests.models import VOCABULARY_SIZE
from tests.training.conftest import advance, write_checkpoint
from tests.training.process import RECIPE

SIZES = {"num_hidden_layers": 2, "num_attention_heads": 2, "hidden_size": 16}
SIZES |= {"intermediate_size": 24, "max_position_embeddings": 2048}
CONFIGURATIONS = {
    "llama": {"model_type": "llama", **SIZES, "num_key_value_heads": 1},
    "llama-tied": {"model_type": "llama", **SIZES, "tie_word_embeddings": True},
    "pythia": {"model_type": "gpt_neox", **SIZES},
    # Without the cap on its logits, for which it would be scored one text at a time
    "gemma": {
        "model_type": "gemma2",
        **SIZES,
        "num_key_value_heads": 1,
        "head_dim": 8,
        "final_logit_softcapping": None,
    },
}


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def started(request, tmp_path_factory):
    """Random weights of an architecture that sees 256 tokens."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "config.json").write_text(json.dumps(CONFIGURATIONS[request.param]))
    lengths = {"context_length": 256, "vocabulary_size": VOCABULARY_SIZE}
    initialization(weights=folder / "weights", config=folder, seed=1, **lengths)
    return folder / "weights"


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", ["adamw", "muon"])
def test_a_resumed_run_of_any_architecture_takes_the_same_steps(started, make_run, optimizer):
    whole, cut = (make_run(weights=started, optimizer=optimizer) for _ in range(2))
    advance(whole, 8)
    advance(cut, 4)
    write_checkpoint(cut)
    resumed = make_run(weights=started, optimizer=optimizer)
    assert resumed.history.step == 4
    advance(resumed, 4)
    assert resumed.history.losses == whole.history.losses


@pytest.mark.slow
def test_any_architecture_is_trained_written_read_and_scored(started, tokens, tmp_path, capsys):
    options = RECIPE | {"optimizer": "muon", "epochs": 1}
    places = {"model": tmp_path / "model", "state": tmp_path / "state"}
    training(tokens=tokens, weights=started, **places, **options)
    losses = [json.loads(line) for line in (tmp_path / "model" / "history.jsonl").open()]
    assert losses[-1]["validation_perplexity"] < 280
    assert read_model(tmp_path / "model").config.eos_token_id == 0
    write_cases(tmp_path / "human.csv", make_cases(3))
    brainbench(model=str(tmp_path / "model"), cases=tmp_path, scores=tmp_path / "scores")
    assert (tmp_path / "scores" / "full.csv").is_file()
    assert "scoring one text at a time" not in capsys.readouterr().err
