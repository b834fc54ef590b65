"""Faster layers with the same results.

On a CPU, PyTorch multiplies float32 matrices with MKL, which leaves half of an AMD processor's
vector units idle; oneDNN uses all of them. On a processor without instructions for bfloat16,
PyTorch takes up to a hundred times as long for GPT-2's layers in bfloat16 as in float32; here they
are multiplied in float32. `benchmarks/scoring.py` measures the gain.
"""

from functools import cache

import torch
from torch import Tensor, nn
from torch.nn.functional import linear
from transformers import PreTrainedModel
from transformers.pytorch_utils import Conv1D

from components.formats.model import fuse_activations

TYPICAL_ROWS = 1024  # for which oneDNN arranges the weights
# Largest error of a product of 33 terms, which is at most about 20; float16 keeps PyTorch's own.
TOLERANCE = {torch.float32: 1e-4, torch.bfloat16: 0.1}


class OneDnnLinear(nn.Module):
    """A linear layer with its weights in oneDNN's fastest layout; for inference only."""

    def __init__(self, weight: Tensor, bias: Tensor | None, *, dtype: torch.dtype) -> None:
        """Takes weights of shape (num_outputs, num_inputs), on a CPU, and what to multiply in."""
        super().__init__()
        self.dtype = dtype
        self.weight_dtype = weight.dtype
        self.packed = torch.ops.mkldnn._reorder_linear_weight(  # noqa: SLF001
            weight.detach().to(dtype).contiguous(), TYPICAL_ROWS
        )
        self.bias = None if bias is None else bias.detach().to(dtype)

    @property
    def weight(self) -> Tensor:
        """A copy of the weights as they were given: Mamba multiplies by them itself."""
        weight: Tensor = self.packed.to_dense()
        return weight.to(self.weight_dtype)

    def forward(self, inputs: Tensor) -> Tensor:
        """The layer's outputs, shape (..., num_outputs)."""
        # What torch.compile makes of a linear layer on a CPU; there is no public name for it.
        outputs: Tensor = torch.ops.mkldnn._linear_pointwise(  # noqa: SLF001
            inputs.to(self.dtype), self.packed, self.bias, "none", [], ""
        )
        return outputs.to(inputs.dtype)


def use_fast_layers(model: PreTrainedModel) -> None:
    """Replaces layers by faster ones; the model can no longer be trained or saved."""
    fuse_activations(model)
    dtype = _packed_dtype(model)
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if dtype and type(layer) is nn.Linear:
                setattr(parent, name, OneDnnLinear(layer.weight, layer.bias, dtype=dtype))
            elif dtype and type(layer) is Conv1D:  # GPT-2's: linear, its weights transposed
                setattr(parent, name, OneDnnLinear(layer.weight.T, layer.bias, dtype=dtype))


def _packed_dtype(model: PreTrainedModel) -> torch.dtype | None:
    """What oneDNN can multiply all of a model's weights in; None where it cannot."""
    available: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if not available or any(weight.device.type != "cpu" for weight in model.parameters()):
        return None
    precise = {weight.dtype for weight in model.parameters()} <= set(TOLERANCE)
    if precise and is_packable(model.dtype):
        return model.dtype
    return torch.float32 if precise and is_packable(torch.float32) else None


@cache
def is_packable(dtype: torch.dtype) -> bool:
    """Whether this machine's oneDNN multiplies matrices of a dtype rightly, tried on one product.

    bfloat16 needs a processor with AVX-512 or AVX-NE-CONVERT, and other processors or builds of
    PyTorch may lack the operators; PyTorch has no public function for this. How fast the product
    is does not count: the same machine shall compute the same digits every time.
    """
    if dtype not in TOLERANCE:
        return False
    draw = torch.Generator().manual_seed(1)
    weight = torch.randn(17, 33, generator=draw).to(dtype)
    inputs = torch.randn(5, 33, generator=draw).to(dtype)
    try:
        found = OneDnnLinear(weight, None, dtype=dtype)(inputs)
    except (RuntimeError, AttributeError):  # the operator refuses, or there is none
        return False
    expected = linear(inputs.float(), weight.float())
    return torch.allclose(found.float(), expected, rtol=0, atol=TOLERANCE[dtype])
