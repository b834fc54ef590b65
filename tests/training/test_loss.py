import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from components.training.documents import model_inputs
from components.training.loss import (
    ROWS,
    MeanLoss,
    attend_without_mask,
    compile_for_gpu,
    padded_loss,
)
from components.training.validation import token_losses


@pytest.fixture
def model():
    torch.manual_seed(1)
    sizes = {"n_layer": 1, "n_head": 2, "n_embd": 16, "n_positions": 8}
    return GPT2LMHeadModel(GPT2Config(**sizes, vocab_size=130)).eval()


@pytest.mark.parametrize("end", [None, 7])
def test_padding_the_output_layer_for_a_gpu_changes_neither_loss_nor_gradients(model, end):
    ids = torch.randint(130, (3, 8))
    ids[:, 3] = 7
    weight = model.transformer.wte.weight
    expected = token_losses(model, ids, document_end=end).mean()
    hidden = model.base_model(**model_inputs(ids, document_end=end)).last_hidden_state
    for loss in (padded_loss(hidden, weight, ids), MeanLoss(model, document_end=end)(ids)):
        torch.testing.assert_close(loss, expected)
        gradients = (
            torch.autograd.grad(each, weight, retain_graph=True) for each in (loss, expected)
        )
        torch.testing.assert_close(*gradients)


def test_where_compiling_fails_the_loss_is_not_compiled_and_a_line_says_so(
    model, monkeypatch, capsys
):
    def lazily(_function, **_options):  # it fails at the first call, as without a C compiler
        return lambda *_: (_ for _ in ()).throw(RuntimeError("Failed to find C compiler.\nSet CC."))

    monkeypatch.setattr(torch, "compile", lazily)
    compile_for_gpu(loss := MeanLoss(model))
    assert loss._compiled_call_impl is None
    assert capsys.readouterr().err == "not compiled, twice as slow: Failed to find C compiler.\n"


def test_logits_that_become_their_gradients_change_neither_loss_nor_gradients(model):
    ids = torch.randint(130, (2 * ROWS, 8))
    weights = list(model.parameters())
    expected = token_losses(model, ids).mean()
    loss = MeanLoss(model)(ids)
    torch.testing.assert_close(loss, expected)
    found = torch.autograd.grad(loss * 0.5, weights)
    torch.testing.assert_close(found, torch.autograd.grad(expected * 0.5, weights))


@pytest.mark.slow
def test_compiled_attention_without_a_mask_is_causal_by_its_kernel(model):
    ids, kernels = torch.randint(130, (2, 8)), []
    expected = model(ids, use_cache=False).logits

    def note_kernels(graph, _inputs):
        nodes = [node for node in graph.graph.nodes if "scaled_dot_product" in str(node.target)]
        kernels.extend((node.kwargs["attn_mask"], node.kwargs["is_causal"]) for node in nodes)
        return graph.forward

    attend_without_mask(model)
    compiled = torch.compile(
        lambda ids: model(ids, use_cache=False).logits, backend=note_kernels, dynamic=False
    )
    torch.testing.assert_close(compiled(ids), expected)
    assert kernels == [(None, True)]
