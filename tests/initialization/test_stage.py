import pytest

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


def test_the_seed_decides_the_weights(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        initialization(weights=tmp_path / name, **SIZES, seed=seed)
    contents = [(tmp_path / name / "model.safetensors").read_bytes() for name in "abc"]
    assert contents[0] == contents[1] != contents[2]


def test_the_model_has_the_sizes_asked_for(tmp_path):
    initialization(weights=tmp_path / "model", **SIZES, seed=1)
    model = read_model(tmp_path / "model")
    assert context_length(model) == 16
    assert model.config.vocab_size == 300
    # Embeddings of tokens and places, one block, the last norm (Radford et al. 2019).
    assert model.num_parameters() == 8 * (300 + 16) + (12 * 8**2 + 13 * 8) + 2 * 8


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"num_heads": 3}, "num_heads 3: expected to divide the hidden size 8"),
        ({"num_layers": 0}, "num_layers 0: expected 1 to 1,000"),
        ({"dropout": 1.0}, "dropout 1.0: expected"),
        ({"initializer_range": 0.0}, "initializer_range 0.0: expected 1e-06 to 10"),
    ],
)
def test_sizes_that_make_no_model_are_refused(tmp_path, change, words):
    with pytest.raises(InputError, match=words):
        initialization(weights=tmp_path / "model", **{**SIZES, **change}, seed=1)
