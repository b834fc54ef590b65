import copy

import pytest
import torch
from transformers import MambaConfig, MambaForCausalLM

from components.brainbench import fast_layers
from components.brainbench.fast_layers import OneDnnLinear, is_packable, use_fast_layers

pytestmark = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(), reason="PyTorch was built without oneDNN"
)


def dtypes(model):
    """What the fast layers of a model multiply in; empty without any."""
    return {layer.dtype for layer in model.modules() if isinstance(layer, OneDnnLinear)}


@pytest.mark.parametrize(
    ("dtype", "tolerance", "processor"),
    [
        (torch.float32, 1e-5, "this one"),
        (torch.bfloat16, 0.05, "this one"),
        (torch.bfloat16, 0.05, "without instructions for it"),
    ],
)
def test_a_model_computes_the_same_to_its_precision(
    any_model, monkeypatch, dtype, tolerance, processor
):
    if processor != "this one":
        monkeypatch.setattr(fast_layers, "is_packable", lambda dtype: dtype == torch.float32)
    model = copy.deepcopy(any_model).to(dtype)
    changed = copy.deepcopy(model)
    use_fast_layers(changed)
    assert dtypes(changed) == {dtype if fast_layers.is_packable(dtype) else torch.float32}
    ids = torch.arange(40)[None]
    with torch.inference_mode():
        expected, found = model(ids).logits, changed(ids).logits
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


def test_a_model_that_reads_its_layers_weights_computes_the_same():
    torch.manual_seed(1)
    sizes = {"vocab_size": 60, "hidden_size": 16, "num_hidden_layers": 2}
    model = MambaForCausalLM(MambaConfig(**sizes)).eval()
    changed = copy.deepcopy(model)
    use_fast_layers(changed)
    ids = torch.arange(40)[None]
    with torch.inference_mode():
        expected, found = (each(ids, use_cache=False).logits for each in (model, changed))
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_weights_of_a_fast_layer_are_those_given(dtype):
    weight = torch.randn(17, 33).to(dtype)
    assert torch.equal(OneDnnLinear(weight, None, dtype=torch.float32).weight, weight)


def test_float16_keeps_its_matrix_products(tiny_gpt2):
    changed = copy.deepcopy(tiny_gpt2).half()
    use_fast_layers(changed)
    assert not dtypes(changed)


def refuse(*_):
    raise RuntimeError("bf16 path needs the cpu support avx512bw, avx512vl and avx512dq")


def lack(*_):
    raise AttributeError("'_OpNamespace' 'mkldnn' object has no attribute '_linear_pointwise'")


@pytest.mark.parametrize("forward", [refuse, lack, lambda _layer, inputs: inputs[:, :17] * 0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_operators_that_refuse_lack_or_err_leave_the_plain_layers(
    tiny_gpt2, monkeypatch, forward, dtype
):
    is_packable.cache_clear()
    monkeypatch.setattr(fast_layers.OneDnnLinear, "forward", forward)
    changed = copy.deepcopy(tiny_gpt2).to(dtype)
    use_fast_layers(changed)
    is_packable.cache_clear()
    assert not dtypes(changed)
