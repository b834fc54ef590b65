"""Perplexity and bits per byte of a corpus' held-out sequences."""

import math
import sys
from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor
from torch.nn.functional import cross_entropy, pad

from components.formats.tokens import PackedSplit, Sequences
from components.training.divergence import DivergedError
from components.training.documents import model_inputs

NOTHING = -100  # as a target: no token
MOST_NATS = math.log(sys.float_info.max)  # per token: of the largest finite perplexity


class Validation(NamedTuple):
    """Prediction of held-out text."""

    perplexity: float  # per predicted token; comparable between models with one tokenizer only
    bits_per_byte: float  # per byte of text; comparable between tokenizers

    @classmethod
    def of(cls, nats: float, split: PackedSplit) -> Self:
        """Perplexity and bits per byte from the summed loss of a split's tokens.

        Raises:
            DivergedError: The loss or its perplexity is not finite.
        """
        num_predicted = split.sequences.shape[0] * (split.sequences.shape[1] - 1)
        if not nats / num_predicted < MOST_NATS:
            found = f"validation loss of {nats / num_predicted:g} nats per token"
            raise DivergedError(f"{found}: expected a finite perplexity")
        return cls(
            perplexity=math.exp(nats / num_predicted),
            bits_per_byte=nats / math.log(2) / split.predicted_bytes,
        )


def batch_losses(
    model: torch.nn.Module,
    sequences: Sequences,
    *,
    first: int = 0,
    micro_batch_size: int,
    accelerator: Accelerator,
    document_end: int | None = None,
) -> Iterator[tuple[int, float]]:
    """The loss of sequences, each token given those before it in its sequence, batch by batch.

    It is computed in float32 whatever the recipe's precision, so that recipes compare. Nothing is
    dropped out, and the model stays in evaluation mode.

    Args:
        model: Causal language model on the accelerator's device.
        sequences: Token ids, shape (num_sequences, context_length).
        first: Where to begin: a multiple of the sequences of a batch, or the end.
        micro_batch_size: Sequences per forward pass and process.
        accelerator: What spreads the sequences over processes.
        document_end: As of `model_inputs`.

    Yields:
        Sequences of the batch, over all processes, and the sum of their tokens' losses in nats.
    """
    model.eval()
    size, device = micro_batch_size * accelerator.num_processes, accelerator.device
    for start in range(first, len(sequences), size):
        batch = sequences[start : start + size]
        mine = batch[accelerator.process_index :: accelerator.num_processes]
        with torch.inference_mode():
            nats = torch.zeros((), dtype=torch.float64, device=device)
            if len(mine):
                losses = token_losses(model, to_ids(mine, device=device), document_end=document_end)
                nats += losses.double().sum()
            total = float(accelerator.reduce(nats, reduction="sum"))
        yield len(batch), total


def token_losses(model: torch.nn.Module, ids: Tensor, *, document_end: int | None = None) -> Tensor:
    """Negative log-likelihood of every token but each sequence's first, in nats, as float32.

    Ids of shape (num_sequences, context_length) give losses of (num_sequences, context_length - 1).
    """
    logits = model(**model_inputs(ids, document_end=document_end)).logits.float()
    # Each sequence's last token predicts nothing; left in place, the logits need no copy.
    targets = pad(ids[:, 1:], (0, 1), value=NOTHING)
    losses = cross_entropy(
        logits.flatten(0, 1), targets.flatten(), ignore_index=NOTHING, reduction="none"
    )
    return losses.view(ids.shape)[:, :-1]


def to_ids(sequences: Sequences, *, device: torch.device) -> Tensor:
    """Sequences of packed tokens as int64 on a device, shape kept."""
    return torch.from_numpy(sequences.astype(np.int64)).to(device)
