import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    BloomConfig,
    BloomForCausalLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    GPTNeoConfig,
    GPTNeoForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
)

from components.brainbench import block_masked, plain
from components.brainbench.block_masked import log_probabilities, takes_block_masks
from tests.brainbench.conftest import LAYERS, MODELS, SIZES, make_model

TOKENS = st.integers(0, 59)


@st.composite
def families(draw):
    """Texts of 1 to 60 tokens in families that share beginnings of any length."""
    texts = []
    for _ in range(draw(st.integers(1, 3))):
        stem = draw(st.lists(TOKENS, max_size=40))
        ends = draw(st.lists(st.lists(TOKENS, min_size=1, max_size=20), min_size=1, max_size=4))
        texts += [stem + end for end in ends]
    return texts


@pytest.mark.parametrize(
    "architecture",
    [pytest.param(name, marks=() if name == "gpt2" else pytest.mark.slow) for name in MODELS],
)
@settings(max_examples=12)
@given(families(), st.integers(1, 200), st.integers(0, 3))
def test_texts_together_are_as_likely_as_each_alone(architecture, texts, tokens_at_once, seed):
    model = make_model(architecture, seed=seed)
    done = []
    together = log_probabilities(
        texts, model=model, tokens_at_once=tokens_at_once, advance=done.append
    )
    assert sum(done) == len(texts)
    for text, found in zip(texts, together, strict=True):
        expected = plain.log_probabilities(text, model=model)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
        if len(text) > 1:
            means = np.nanmean(found, dtype=np.float64), np.nanmean(expected, dtype=np.float64)
            assert np.exp(means[0] - means[1]) == pytest.approx(1, abs=1e-5)


def test_models_that_see_positions_and_masks_are_taken(any_model):
    assert takes_block_masks(any_model, [list(range(40))])


def recurrent():
    """A model with a state handed from token to token, which mixes the texts of a row up."""
    model = make_model("gpt2")
    model.base_model.h[0].register_forward_hook(
        lambda _module, _inputs, output: output + 0.5 * output.cumsum(dim=1)
    )
    return model


def without_position_ids():
    return BloomForCausalLM(BloomConfig(vocab_size=60, hidden_size=16, n_layer=2, n_head=2)).eval()


@pytest.mark.parametrize("make", [recurrent, without_position_ids])
def test_a_model_that_cannot_tell_texts_apart_is_not_taken(make):
    assert not takes_block_masks(make(), [list(range(40))])


def test_a_model_that_encodes_positions_by_the_longest_text_is_taken_where_all_are_alike():
    rope = {"rope_type": "longrope", "rope_theta": 1e4, "original_max_position_embeddings": 20}
    factors = {"short_factor": [1.0] * 4, "long_factor": [2.0, 3.0, 4.0, 5.0]}
    config = Phi3Config(**SIZES, **LAYERS, rope_parameters=rope | factors, pad_token_id=0)
    config.original_max_position_embeddings = 20  # Phi-3 with a context of 128k tokens has 4,096
    torch.manual_seed(1)
    model = Phi3ForCausalLM(config).eval()
    long, middle, short = (list(range(size)) for size in (40, 30, 10))
    assert not takes_block_masks(model, [long, middle, short])
    assert takes_block_masks(model, [long, middle])
    assert takes_block_masks(model, [short])


@pytest.mark.parametrize("context", [64, 512], ids=["shorter than a row", "longer than a row"])
def test_a_model_that_masks_by_places_is_taken_while_they_are_in_its_window(context):
    sizes = {"num_layers": 2, "num_heads": 2, "hidden_size": 16, "vocab_size": 60}
    window = {"attention_types": [[["global", "local"], 1]], "window_size": 40}
    ends = {"bos_token_id": 0, "eos_token_id": 0, "max_position_embeddings": context}
    torch.manual_seed(1)
    model = GPTNeoForCausalLM(GPTNeoConfig(**sizes, **window, **ends)).eval()
    texts = [[*range(12), *[number] * 12] for number in range(30)]
    assert not takes_block_masks(model, texts)
    assert takes_block_masks(model, texts, tokens_at_once=30)
    assert takes_block_masks(model, texts[:2])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_a_model_that_caps_its_logits_is_not_taken_at_any_precision(dtype):
    config = Gemma2Config(**SIZES, **LAYERS, num_key_value_heads=1, head_dim=8)
    model = Gemma2ForCausalLM(config).eval()
    draw = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.3, generator=draw)
    assert not takes_block_masks(model.to(dtype), [list(range(40))])
    model.config.final_logit_softcapping = None
    assert takes_block_masks(model, [list(range(40))])


def test_too_little_memory_is_not_taken_for_a_strange_architecture(monkeypatch):
    model = make_model("gpt2")

    def full(*_):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(block_masked, "_masks", full)
    with pytest.raises(torch.OutOfMemoryError):
        takes_block_masks(model, [[1, 2, 3, 4]])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_is_close(any_model, dtype):
    half = copy.deepcopy(any_model).to(dtype)
    text = np.random.default_rng(1).integers(0, 60, 40).tolist()
    assert takes_block_masks(half, [text])
    exact = plain.log_probabilities(text, model=any_model)
    (rough,) = log_probabilities([text], model=half, tokens_at_once=100)
    assert abs(np.nanmean(exact) - np.nanmean(rough)) < 0.1
