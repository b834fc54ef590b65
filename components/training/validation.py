"""How well a model predicts a corpus' held-out rows."""

import math
from typing import NamedTuple

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor
from torch.nn.functional import cross_entropy

from components.tokens import Rows


class Validation(NamedTuple):
    """Prediction of held-out text.

    Attributes:
        perplexity: Per predicted token; comparable between models with one tokenizer only.
        bits_per_byte: Per byte of text; comparable between tokenizers.
    """

    perplexity: float
    bits_per_byte: float


def validate(
    model: torch.nn.Module,
    rows: Rows,
    *,
    predicted_bytes: int,
    rows_at_once: int,
    accelerator: Accelerator,
) -> Validation:
    """Perplexity and bits per byte over all rows, each token given those before it in its row.

    Args:
        model: Prepared causal language model; its mode is kept.
        rows: Token ids, shape (num_rows, context_length).
        predicted_bytes: Bytes of text behind all tokens but each row's first.
        rows_at_once: Rows a forward pass and process.
        accelerator: What spreads the rows over processes.
    """
    was_training = model.training
    model.eval()
    mine = range(accelerator.process_index, len(rows), accelerator.num_processes)
    total = torch.zeros((), dtype=torch.float64)
    with torch.inference_mode():
        for start in range(0, len(mine), rows_at_once):
            chosen = mine[start : start + rows_at_once]
            ids = to_ids(rows[list(chosen)], device=accelerator.device)
            total += token_losses(model, ids).double().sum().cpu()
    total = accelerator.reduce(total.to(accelerator.device), reduction="sum").cpu()
    model.train(was_training)
    num_predicted = rows.shape[0] * (rows.shape[1] - 1)
    return Validation(
        perplexity=math.exp(total.item() / num_predicted),
        bits_per_byte=total.item() / math.log(2) / predicted_bytes,
    )


def token_losses(model: torch.nn.Module, ids: Tensor) -> Tensor:
    """Negative log-likelihood of every token but each row's first, in nats.

    Args:
        model: Causal language model.
        ids: Token ids, int64, shape (num_rows, context_length).

    Returns:
        float32, shape (num_rows, context_length - 1).
    """
    logits = model(input_ids=ids, use_cache=False).logits[:, :-1].float()
    return cross_entropy(logits.transpose(1, 2), ids[:, 1:], reduction="none")


def to_ids(rows: Rows, *, device: torch.device) -> Tensor:
    """Rows of packed tokens as int64 on a device, shape kept."""
    return torch.from_numpy(rows.astype(np.int64)).to(device)
