"""Dropout on a CPU, where PyTorch draws masks slowly and has no fused attention with dropout."""

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

ATTENTION = "causal_dropout"  # its name in transformers
QUERIES = 256  # of a tile, so that its attention weights stay in a CPU's cache
LEVELS = 2**16  # of a drawn number: rates of dropout are multiples of 1 / LEVELS


def use_fast_dropout(model: PreTrainedModel) -> None:
    """Gives a model on a CPU dropout that is several times as fast, of other random numbers.

    Args:
        model: Causal language model; its parameters and configuration stay.
    """
    if model.config._attn_implementation == "sdpa":  # noqa: SLF001 - Gemma 2's caps its scores
        AttentionInterface.register(ATTENTION, _attention)
        AttentionMaskInterface.register(ATTENTION, sdpa_mask)
        model.set_attn_implementation(ATTENTION)
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) is nn.Dropout and 0 < layer.p < 1:
                setattr(parent, name, Dropout(layer.p).train(layer.training))


class Dropout(nn.Dropout):
    """PyTorch's dropout with a mask that is drawn faster, for float32 on a CPU."""

    def forward(self, values: Tensor) -> Tensor:
        """The values, in training each 0 with the layer's probability and else scaled up."""
        if not self.training or not _is_float32_on_cpu(values):
            return super().forward(values)
        kept = _kept(_generator(), values.shape, rate=self.p)
        return values * kept.mul_(1 / _share_kept(self.p))


def _attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    **options: Any,  # noqa: ANN401
) -> tuple[Tensor, None]:
    """Attention as transformers calls it; PyTorch's own where that is fused."""
    ours = (
        0 < dropout < 1
        and attention_mask is None
        and query.shape == key.shape == value.shape
        and _is_float32_on_cpu(query)
    )
    if not ours:
        return sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **options
        )
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    attended: Tensor = CausalAttention.apply(  # type: ignore[no-untyped-call]
        query, key, value, dropout, scale
    )
    return attended.transpose(1, 2), None


class CausalAttention(torch.autograd.Function):
    """Causal attention with dropout of its weights, which are computed again for the gradients.

    Queries are taken a tile at a time, with the keys up to the tile's end, so that half of the
    weights are never computed and none is kept (Dao et al. 2022, arXiv 2205.14135).
    """

    @staticmethod
    def forward(
        context: Any,  # noqa: ANN401
        query: Tensor,
        key: Tensor,
        value: Tensor,
        rate: float,
        scale: float,
    ) -> Tensor:
        """Attended values, float32.

        Args:
            context: What `backward` is given.
            query: Queries, shape (num_sequences, num_heads, length, head_size).
            key: Keys, of the same shape.
            value: Values, of the same shape.
            rate: Share of the attention weights that are dropped.
            scale: Factor of the products of queries and keys.
        """
        q, k, v = (each.reshape(-1, *each.shape[2:]) for each in (query, key, value))
        seed = _seed()
        random = np.random.Generator(np.random.SFC64(seed))
        attended, normalizer = torch.empty_like(q), q.new_empty(*q.shape[:2], 1)
        for tile in _tiles(q.shape[1]):
            weights = _scores(tile, q, k, scale=scale)
            largest = weights.amax(-1, keepdim=True)
            total = weights.sub_(largest).exp_().sum(-1, keepdim=True)
            normalizer[:, tile.queries] = largest.add_(total.log())
            weights.mul_(_kept(random, weights.shape, rate=rate))
            attended[:, tile.queries] = torch.bmm(weights, v[:, tile.keys]).div_(
                total.mul_(_share_kept(rate))
            )
        context.save_for_backward(q, k, v, attended, normalizer)
        context.options = seed, rate, scale
        return attended.view(query.shape)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:  # noqa: ANN401
        """Gradients of queries, keys and values."""
        q, k, v, attended, normalizer = context.saved_tensors
        seed, rate, scale = context.options
        random = np.random.Generator(np.random.SFC64(seed))
        of_attended = gradient.reshape(q.shape)
        mean = (of_attended * attended).sum(-1, keepdim=True)
        of_q, of_k, of_v = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
        share = _share_kept(rate)
        for tile in _tiles(q.shape[1]):
            weights = _scores(tile, q, k, scale=scale).sub_(normalizer[:, tile.queries]).exp_()
            kept = _kept(random, weights.shape, rate=rate).mul_(1 / share)
            of_weights = torch.bmm(of_attended[:, tile.queries], v[:, tile.keys].mT).mul_(kept)
            of_scores = of_weights.sub_(mean[:, tile.queries]).mul_(weights)
            of_v[:, tile.keys].baddbmm_(weights.mul_(kept).mT, of_attended[:, tile.queries])
            of_q[:, tile.queries] = torch.bmm(of_scores, k[:, tile.keys]).mul_(scale)
            of_k[:, tile.keys].baddbmm_(of_scores.mT, q[:, tile.queries], alpha=scale)
        return *(each.view(gradient.shape) for each in (of_q, of_k, of_v)), None, None


class _Tile(NamedTuple):
    """Queries, and the keys that they may see."""

    queries: slice
    keys: slice


def _tiles(length: int) -> list[_Tile]:
    ends = [min(start + QUERIES, length) for start in range(0, length, QUERIES)]
    return [_Tile(slice(n * QUERIES, end), slice(0, end)) for n, end in enumerate(ends)]


def _scores(tile: _Tile, q: Tensor, k: Tensor, *, scale: float) -> Tensor:
    """Scaled products of a tile's queries and keys, minus infinity where a key is later."""
    scores = torch.bmm(q[:, tile.queries], k[:, tile.keys].mT).mul_(scale)
    size = tile.queries.stop - tile.queries.start
    future = torch.full((size, size), -math.inf).triu_(1)
    scores[:, :, tile.queries] += future
    return scores


def _seed() -> int:
    """A seed drawn from PyTorch's generator, which a training run seeds at each step."""
    return int(torch.randint(2**62, ()))


def _generator() -> np.random.Generator:
    return np.random.Generator(np.random.SFC64(_seed()))


def _kept(random: np.random.Generator, shape: torch.Size, *, rate: float) -> Tensor:
    """1.0 for each value that is kept, 0.0 for each that is dropped, float32."""
    count = math.prod(shape)
    # Four of 16 bits are drawn at once; compared into float32, which multiplies fastest.
    drawn = random.integers(2**64, size=-(-count // 4), dtype=np.uint64).view(np.int16)[:count]
    kept = torch.empty(shape)
    return torch.ge(torch.from_numpy(drawn).view(shape), _level(rate) - LEVELS // 2, out=kept)


def _level(rate: float) -> int:
    return round(rate * LEVELS)


def _share_kept(rate: float) -> float:
    return 1 - _level(rate) / LEVELS


def _is_float32_on_cpu(values: Tensor) -> bool:
    return values.dtype == torch.float32 and values.device.type == "cpu"
