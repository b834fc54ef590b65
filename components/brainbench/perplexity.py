"""Perplexity of a text: how surprised a model is, per token."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel


@torch.inference_mode()
def perplexity(ids: Sequence[int], *, model: PreTrainedModel) -> float:
    """Perplexity of one text, in float32: exp of the mean negative log-likelihood per token.

    The first token has nothing before it and is not predicted.

    Args:
        ids: Token ids of the text, at least 2 and at most the model's context.
        model: Causal language model in evaluation mode.
    """
    row = torch.tensor([list(ids)], device=model.device)  # (1, num_tokens)
    logits: Tensor = model(input_ids=row, use_cache=False).logits[0, :-1].float()
    return float(cross_entropy(logits, row[0, 1:]).exp())
