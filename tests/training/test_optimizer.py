import re

import pytest
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    GPTBigCodeConfig,
    GPTBigCodeForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
)

from components.training.optimizer import Muon, make_optimizer, orthogonalized
from components.training.recipe import Recipe
from tests.training.process import RECIPE

RATE = 0.01


def gpt2():
    torch.manual_seed(1)
    return GPT2LMHeadModel(GPT2Config(n_layer=2, n_head=2, n_embd=16, n_positions=8, vocab_size=40))


def llama():
    torch.manual_seed(1)
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 1}
    return LlamaForCausalLM(LlamaConfig(**sizes, **heads, vocab_size=40))


def optimizer_of(model, **changes):
    return make_optimizer(model, Recipe(**RECIPE | {"peak_learning_rate": RATE} | changes))


def stepped(model, optimizer):
    """How far a step on random gradients moves each parameter, by name."""
    torch.manual_seed(2)
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter)
    before = {name: each.detach().clone() for name, each in model.named_parameters()}
    optimizer.step()
    return {name: each.detach() - before[name] for name, each in model.named_parameters()}


@pytest.mark.parametrize("shape", [(16, 16), (8, 64), (64, 96)])
def test_an_orthogonalized_matrix_has_singular_values_near_1_and_keeps_its_directions(shape):
    torch.manual_seed(3)
    matrices = torch.randn(3, *shape)
    found = orthogonalized(matrices)
    left, singular, right = torch.linalg.svd(matrices, full_matrices=False)
    inner = left.mT @ found @ right.mT
    strong = singular > 0.1 * singular[:, :1]  # five iterations do not lift the weakest
    values = inner.diagonal(dim1=-2, dim2=-1)
    assert values[strong].min() > 0.6
    assert values[strong].max() < 1.3
    inner.diagonal(dim1=-2, dim2=-1).zero_()
    assert inner.abs().max() < 1e-3


@pytest.mark.parametrize("make", [gpt2, llama])
def test_muon_moves_block_matrices_by_adamws_root_mean_square_and_the_rest_by_adamw(make):
    model = make()
    moved = stepped(model, optimizer_of(model, optimizer="muon", weight_decay=0.0))
    reference = make()
    expected = stepped(reference, optimizer_of(reference, weight_decay=0.0))
    for name, change in moved.items():
        if change.ndim == 2 and re.search(r"\.(h|layers)\.\d", name):
            found = change.square().mean().sqrt() / (0.2 * RATE)
            assert 0.6 < found < 1.3
        else:
            torch.testing.assert_close(change, expected[name])


def test_muon_treats_gpt2s_queries_keys_and_values_as_three_matrices():
    fused = torch.nn.Parameter(torch.randn(16, 48))
    parts = [torch.nn.Parameter(part.clone()) for part in fused.detach().chunk(3, dim=1)]
    fused.grad = torch.randn(16, 48)
    for part, grad in zip(parts, fused.grad.chunk(3, dim=1), strict=True):
        part.grad = grad.clone()
    Muon([{"params": [fused], "num_matrices": 3}], lr=RATE, weight_decay=0.1).step()
    Muon([{"params": parts, "num_matrices": 1}], lr=RATE, weight_decay=0.1).step()
    torch.testing.assert_close(fused.detach(), torch.cat([each.detach() for each in parts], dim=1))


def test_muon_treats_a_linear_layers_queries_keys_and_values_as_one_matrix():
    config = GPTBigCodeConfig(
        n_layer=1, n_head=2, n_embd=16, n_positions=8, vocab_size=40, bos_token_id=0, eos_token_id=0
    )
    model = GPTBigCodeForCausalLM(config)
    groups = optimizer_of(model, optimizer="muon").param_groups
    assert {group["num_matrices"] for group in groups} == {0, 1}


@pytest.mark.parametrize(
    ("changes", "decayed"),
    [
        ({"decayed": "matrices"}, {"wte", "wpe", "attn", "mlp"}),
        ({"decayed": "matrices-and-norms"}, {"wte", "wpe", "attn", "mlp", "ln"}),
        ({"decayed": "matrices", "optimizer": "muon"}, {"wte", "wpe", "attn", "mlp"}),
    ],
)
def test_weight_decay_shrinks_what_the_recipe_names_and_never_biases(changes, decayed):
    model = gpt2()
    for parameter in model.parameters():
        torch.nn.init.ones_(parameter)
        parameter.grad = torch.zeros_like(parameter)
    optimizer_of(model, weight_decay=0.5, **changes).step()
    for name, parameter in model.named_parameters():
        shrinks = any(part in name for part in decayed) and not name.endswith("bias")
        torch.testing.assert_close(
            parameter.detach(), torch.full_like(parameter, 1 - RATE * 0.5 if shrinks else 1.0)
        )
