"""Log-probabilities of one text after the other, as the original study computes them."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel


@torch.inference_mode()
def log_probabilities(
    ids: Sequence[int], *, model: PreTrainedModel, in_float32: bool = True
) -> NDArray[np.float32]:
    """Log-probability of each token of a text given the tokens before it.

    Args:
        ids: Token ids of a text, at least one and at most the model's context.
        model: Causal language model in evaluation mode.
        in_float32: Whether logits are converted to float32 before the softmax; if not, everything
            stays at the model's precision, as published.

    Returns:
        Natural logarithms, float32, shape (len(ids),); NaN for the first token, which is not
        predicted.
    """
    row = torch.tensor([list(ids)], device=model.device)  # (1, num_tokens)
    logits: Tensor = model(input_ids=row, use_cache=False).logits[0, :-1]
    logits = logits.float() if in_float32 else logits
    predicted = row[0, 1:, None].to(logits.device)
    found = logits.log_softmax(dim=-1).gather(dim=-1, index=predicted)[:, 0]
    return np.concatenate([[np.nan], found.float().cpu().numpy()]).astype(np.float32)
