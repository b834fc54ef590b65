import json
from pathlib import Path

import pytest
import torch

from components.formats.model import context_length, read_model
from components.initialization.stage import initialization
from components.runtime.errors import InputError

SIZES = {
    "num_layers": 1,
    "num_heads": 2,
    "hidden_size": 8,
    "context_length": 16,
    "vocabulary_size": 300,
    "dropout": 0.0,
    "initializer_range": 0.02,
}


def test_the_seed_decides_the_weights_of_the_sizes_asked_for(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        initialization(weights=tmp_path / name, **SIZES, seed=seed)
    contents = [(tmp_path / name / "model.safetensors").read_bytes() for name in "abc"]
    assert contents[0] == contents[1] != contents[2]
    model = read_model(tmp_path / "a")
    assert context_length(model) == 16
    assert model.config.vocab_size == 300
    # Embeddings of tokens and places, one block, the last norm (Radford et al. 2019).
    assert model.num_parameters() == 8 * (300 + 16) + (12 * 8**2 + 13 * 8) + 2 * 8


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"num_heads": 3}, "num_heads 3: expected to divide the hidden size 8"),
        ({"num_layers": 0}, "num_layers 0: expected 1 to 1,000"),
        ({"context_length": 0}, "context_length 0: expected 1 to"),
        ({"dropout": 1.0}, "dropout 1.0: expected"),
        ({"initializer_range": 0.0}, "initializer_range 0.0: expected 1e-06 to 10"),
        ({"config": Path("somewhere")}, "num_layers beside somewhere: expected either"),
        ({"num_layers": None}, "no num_layers: expected either GPT-2"),
    ],
)
def test_what_is_neither_good_sizes_nor_a_configuration_is_refused(tmp_path, change, words):
    with pytest.raises(InputError, match=words):
        initialization(weights=tmp_path / "model", **{**SIZES, **change}, seed=1)


TINY = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
LONG = {**TINY, "intermediate_size": 24, "max_position_embeddings": 64}
CONFIGURATIONS = {
    "gpt2": {"n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": 64},
    "llama": {**LONG, "num_key_value_heads": 1, "dtype": "bfloat16", "pad_token_id": 31_999},
    "gpt_neox": {**LONG, "vocab_size": 50_304},
    "opt": {**LONG, "word_embed_proj_dim": 16, "ffn_dim": 24},
    "bloom": {"hidden_size": 16, "n_layer": 2, "n_head": 2},  # without a largest context
}


def configured(folder, **changes):
    """A folder with a configuration."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(changes))
    return folder


@pytest.mark.parametrize("kind", CONFIGURATIONS)
def test_a_configuration_gives_its_architectures_own_random_weights(kind, tmp_path):
    config = configured(tmp_path / "config", model_type=kind, **CONFIGURATIONS[kind])
    lengths = {"context_length": 32, "vocabulary_size": 300}
    initialization(weights=tmp_path / "weights", config=config, seed=1, **lengths)
    found = read_model(tmp_path / "weights")
    assert context_length(found) in (32, None)
    assert found.get_input_embeddings().weight.shape[0] == 300
    assert found.dtype == torch.float32
    torch.manual_seed(1)
    expected = type(found)(found.config)  # as transformers initialises it
    for ours, theirs in zip(found.parameters(), expected.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"model_type": "llama", **LONG}, "a context of 64 tokens in .* expected at least .* 100"),
        ({"model_type": "mpt", "max_seq_len": 64}, "a context of 64 tokens in .* at least .* 100"),
        ({"model_type": "llama", "num_hidden_layers": 10**9}, "num_hidden_layers 1000000000 in"),
        ({"model_type": "llama", **LONG, "num_attention_heads": 0}, "cannot make a model of"),
        ({"model_type": "llama", **LONG, "num_attention_heads": 3}, r"hidden size \(16\) is not a"),
        ({"model_type": "bert", **LONG, "max_position_embeddings": 512}, "this bert sees the"),
        ({"model_type": "t5"}, "model_type t5 in .*: expected a causal language model"),
        ({"model_type": "own", "auto_map": {"AutoConfig": "c.X"}}, "code in the folder is never"),
        ({}, "model_type None in .*: expected a causal language model"),
        ({"model_type": "llama", "attn_implementation": "some/kernel"}, "code is never run"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused_in_one_line(tmp_path, values, words):
    config = configured(tmp_path / "config", **values)
    lengths = {"context_length": 100, "vocabulary_size": 300}
    with pytest.raises(InputError, match=words) as error:
        initialization(weights=tmp_path / "weights", config=config, seed=1, **lengths)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "weights").exists()
