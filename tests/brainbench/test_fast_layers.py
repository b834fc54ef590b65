import copy

import pytest
import torch

from components.brainbench import fast_layers
from components.brainbench.fast_layers import OneDnnLinear, is_packable, use_fast_layers

pytestmark = pytest.mark.skipif(
    not torch.backends.mkldnn.is_available(), reason="PyTorch was built without oneDNN"
)


def test_a_model_computes_the_same(any_model):
    changed = copy.deepcopy(any_model)
    use_fast_layers(changed)
    assert any(isinstance(layer, OneDnnLinear) for layer in changed.modules())
    ids = torch.arange(40)[None]
    with torch.inference_mode():
        expected, found = any_model(ids).logits, changed(ids).logits
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-5)


def test_embeddings_stay(tiny_gpt2):
    changed = copy.deepcopy(tiny_gpt2)
    use_fast_layers(changed)
    assert torch.equal(changed.transformer.wte.weight, tiny_gpt2.transformer.wte.weight)


@pytest.mark.parametrize("processor", ["this one", "without instructions for it"])
def test_bfloat16_computes_the_same_to_its_precision(any_model, monkeypatch, processor):
    if processor != "this one":
        monkeypatch.setattr(fast_layers, "is_packable", lambda dtype: dtype == torch.float32)
    takes_it = fast_layers.is_packable(torch.bfloat16)
    rough = copy.deepcopy(any_model).bfloat16()
    changed = copy.deepcopy(rough)
    use_fast_layers(changed)
    fast = [layer for layer in changed.modules() if isinstance(layer, OneDnnLinear)]
    assert {layer.dtype for layer in fast} == {torch.bfloat16 if takes_it else torch.float32}
    ids = torch.arange(40)[None]
    with torch.inference_mode():
        expected, found = rough(ids).logits, changed(ids).logits
    torch.testing.assert_close(found, expected, rtol=0.05, atol=0.05)


def test_float16_keeps_its_matrix_products(tiny_gpt2):
    changed = copy.deepcopy(tiny_gpt2).half()
    use_fast_layers(changed)
    assert not any(isinstance(layer, OneDnnLinear) for layer in changed.modules())


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
    assert not any(isinstance(layer, OneDnnLinear) for layer in changed.modules())
