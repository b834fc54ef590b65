import math

import numpy as np
import pytest
import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import GPT2Config, GPT2LMHeadModel

from components.training import dropout
from components.training.dropout import CausalAttention, Dropout, use_fast_dropout

LENGTH = 2 * dropout.QUERIES + 44  # a last tile that is not full
TOO_RARE = 1e-7  # a rate at which nothing is dropped
SCALE = 0.25


@pytest.fixture
def inputs():
    torch.manual_seed(3)
    return [torch.randn(2, 3, LENGTH, 16, requires_grad=True) for _ in range(3)]


def gradients(attended, inputs):
    weight = torch.linspace(-1, 1, attended.numel()).view(attended.shape)
    return torch.autograd.grad((attended * weight).sum(), inputs)


def test_attention_that_drops_nothing_is_pytorchs(inputs):
    expected = scaled_dot_product_attention(*inputs, is_causal=True, scale=SCALE)
    found = CausalAttention.apply(*inputs, TOO_RARE, SCALE)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(gradients(found, inputs), gradients(expected, inputs))


def test_attention_drops_weights_and_not_their_sum(inputs):
    """The same weights as written out, by the masks that the seed gives."""
    query, key, value = inputs
    torch.manual_seed(7)
    found = CausalAttention.apply(*inputs, 0.3, SCALE)
    torch.manual_seed(7)
    random = dropout._generator()
    kept = torch.zeros(6, LENGTH, LENGTH)
    for tile in dropout._tiles(LENGTH):
        part = kept[:, tile.queries, tile.keys]
        part.copy_(dropout._kept(random, part.shape, rate=0.3))
    future = torch.ones(LENGTH, LENGTH, dtype=torch.bool).triu(1)
    scores = (query @ key.mT * SCALE).masked_fill(future, -math.inf)
    weights = scores.softmax(-1) * kept.view(2, 3, LENGTH, LENGTH) / dropout._share_kept(0.3)
    torch.testing.assert_close(found, weights @ value)
    torch.testing.assert_close(gradients(found, inputs), gradients(weights @ value, inputs))


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_dropout_drops_its_share_and_keeps_the_mean(rate):
    layer, ones = Dropout(rate).train(), torch.ones(1000, 1001)
    torch.manual_seed(1)
    found = layer(ones)
    assert float((found == 0).double().mean()) == pytest.approx(rate, abs=0.002)
    assert found.unique().tolist() == pytest.approx([0, 1 / (1 - rate)], rel=1e-4)
    torch.manual_seed(1)
    assert torch.equal(layer(ones), found)  # PyTorch's seed decides
    assert not torch.equal(layer(ones), found)
    assert torch.equal(layer.eval()(ones), ones)


def test_numbers_drawn_for_dropout_do_not_depend_on_each_other():
    """Neighbours, and numbers four apart: four come of one draw."""
    kept = dropout._kept(np.random.Generator(np.random.SFC64(2)), torch.Size([10**6]), rate=0.5)
    for distance in (1, 2, 4):
        both = float((kept[distance:] * kept[:-distance]).mean())
        assert both == pytest.approx(0.25, abs=0.002)


def test_fast_dropout_changes_neither_predictions_nor_the_configuration():
    torch.manual_seed(1)
    sizes = {"n_layer": 2, "n_head": 2, "n_embd": 16, "n_positions": 8, "vocab_size": 130}
    model, ids = GPT2LMHeadModel(GPT2Config(**sizes)).eval(), torch.randint(130, (2, 8))
    expected, config = model(ids).logits, model.config.to_json_string()
    use_fast_dropout(model)
    torch.testing.assert_close(model(ids).logits, expected)
    assert model.config.to_json_string() == config
    model.train()
    torch.manual_seed(5)
    dropped = model(ids).logits
    assert not torch.allclose(dropped, expected)
    torch.manual_seed(5)
    assert torch.equal(model(ids).logits, dropped)
