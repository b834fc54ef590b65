import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from components.brainbench import block_masked, plain
from components.brainbench.block_masked import log_probabilities, takes_block_masks
from tests.brainbench.conftest import MODELS, make_model

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
    together = log_probabilities(texts, model=model, tokens_at_once=tokens_at_once)
    for text, found in zip(texts, together, strict=True):
        expected = plain.log_probabilities(text, model=model)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
        if len(text) > 1:
            means = np.nanmean(found, dtype=np.float64), np.nanmean(expected, dtype=np.float64)
            assert np.exp(means[0] - means[1]) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("tokens_at_once", [1, 40, 1000])
def test_a_uniform_model_is_as_perplexed_as_its_vocabulary_is_large(tokens_at_once):
    model = make_model("gpt2")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    texts = [[1, 2, 3], [1, 2, 4, 5], [7, 8]]
    for found in log_probabilities(texts, model=model, tokens_at_once=tokens_at_once):
        assert np.exp(-np.nanmean(found)) == pytest.approx(60, rel=1e-6)


def test_the_order_of_the_texts_changes_no_bit(any_model):
    draw = np.random.default_rng(5)
    texts = [draw.integers(0, 60, size).tolist() for size in (5, 9, 9, 30, 2)]
    texts += [[*texts[3][:20], 1, 2], texts[1]]
    order = draw.permutation(len(texts))
    one = log_probabilities(texts, model=any_model, tokens_at_once=50)
    other = log_probabilities([texts[n] for n in order], model=any_model, tokens_at_once=50)
    for place, number in enumerate(order):
        np.testing.assert_array_equal(other[place], one[number])


def test_every_text_is_counted_as_done(tiny_gpt2):
    done = []
    texts = [[1, 2, 3], [1, 2, 3], [4, 5], [1, 9]]
    log_probabilities(texts, model=tiny_gpt2, tokens_at_once=3, advance=done.append)
    assert sum(done) == 4


def test_models_that_see_positions_and_masks_are_taken(any_model):
    assert takes_block_masks(any_model, [list(range(40))])


def test_a_model_that_looks_at_its_whole_row_is_not_taken():
    """A state handed from token to token, as recurrent architectures do, mixes texts up."""
    model = make_model("gpt2")
    model.base_model.h[0].register_forward_hook(
        lambda _module, _inputs, output: (
            output + 0.5 * output.cumsum(dim=1)
            if isinstance(output, torch.Tensor)
            else (output[0] + 0.5 * output[0].cumsum(dim=1), *output[1:])
        )
    )
    assert not takes_block_masks(model, [list(range(40))])


def test_a_model_without_position_ids_is_not_taken():
    from transformers import BloomConfig, BloomForCausalLM

    model = BloomForCausalLM(BloomConfig(vocab_size=60, hidden_size=16, n_layer=2, n_head=2)).eval()
    assert not takes_block_masks(model, [list(range(40))])


def test_too_little_memory_is_not_taken_for_a_strange_architecture(monkeypatch):
    model = make_model("gpt2")

    def full(**_arguments):
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(block_masked, "_masks", lambda *_arguments: full())
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
