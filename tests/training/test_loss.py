import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from components.training.loss import MeanLoss, compile_for_gpu
from components.training.validation import token_losses


@pytest.fixture
def model():
    torch.manual_seed(1)
    sizes = {"n_layer": 1, "n_head": 2, "n_embd": 16, "n_positions": 8}
    return GPT2LMHeadModel(GPT2Config(**sizes, vocab_size=130)).eval()


def test_padding_the_output_layer_for_a_gpu_changes_neither_loss_nor_gradients(model):
    ids = torch.randint(130, (3, 8))
    weight = model.transformer.wte.weight
    (expected,) = torch.autograd.grad(token_losses(model, ids).mean(), weight)
    loss = MeanLoss(model)._on_gpu(ids)
    torch.testing.assert_close(loss, MeanLoss(model)(ids))
    (found,) = torch.autograd.grad(loss, weight)
    torch.testing.assert_close(found, expected)


def test_without_a_c_compiler_the_loss_is_not_compiled_and_a_line_says_so(
    model, monkeypatch, capsys
):
    monkeypatch.setenv("CC", "no-such-compiler")
    compile_for_gpu(MeanLoss(model))
    assert "not compiled: no C compiler (no-such-compiler)" in capsys.readouterr().err
