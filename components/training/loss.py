"""The training loss, compiled where that is possible."""

import sys
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, linear, pad
from transformers import AttentionInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from components.training.documents import model_inputs
from components.training.validation import NOTHING, token_losses

ROWS = 64  # of logits that stay in a CPU's cache
UNMASKED = "unmasked"  # attention of that kind, in transformers
TILE = 128  # matrix products on a GPU are fast for multiples of it; GPT-2's 50,257 tokens are none


class MeanLoss(nn.Module):
    """A causal language model whose output is the mean loss of its input.

    Args:
        model: Causal language model.
        document_end: As of `model_inputs`.
    """

    def __init__(self, model: PreTrainedModel, *, document_end: int | None = None) -> None:
        super().__init__()
        self.model, self.document_end = model, document_end

    def forward(self, ids: Tensor) -> Tensor:
        """Mean negative log-likelihood of every token but each sequence's first, in nats.

        Args:
            ids: Token ids, int64, shape (num_sequences, context_length).
        """
        in_float32 = ids.device.type == "cpu" and not torch.is_autocast_enabled("cpu")
        if self.model.config.model_type != "gpt2" or not (ids.is_cuda or in_float32):
            return token_losses(self.model, ids, document_end=self.document_end).mean()
        inputs = model_inputs(ids, document_end=self.document_end)
        hidden = self.model.base_model(**inputs).last_hidden_state
        weight: Any = self.model.get_output_embeddings().weight  # type: ignore[no-untyped-call]
        if ids.is_cuda:
            return padded_loss(hidden, weight, ids)
        loss: Tensor = OutputLoss.apply(  # type: ignore[no-untyped-call]
            hidden[:, :-1].flatten(0, 1), weight, ids[:, 1:].flatten()
        )
        return loss


def padded_loss(hidden: Tensor, weight: Tensor, ids: Tensor) -> Tensor:
    """Mean loss of an output layer, with as many logits as make it fast on a GPU.

    Args:
        hidden: Its inputs, shape (num_sequences, context_length, hidden_size).
        weight: Its weights, shape (vocabulary_size, hidden_size).
        ids: Token ids, int64, shape (num_sequences, context_length).
    """
    size = len(weight)
    logits = linear(hidden.flatten(0, 1), pad(weight, (0, 0, 0, -size % TILE))).float()
    is_token = torch.arange(logits.shape[1], device=ids.device) < size
    targets = pad(ids[:, 1:], (0, 1), value=NOTHING)
    return cross_entropy(
        logits.where(is_token, float("-inf")), targets.flatten(), ignore_index=NOTHING
    )


class OutputLoss(torch.autograd.Function):
    """Mean loss of an output layer whose logits become their own gradients in place.

    On a CPU, half the memory and two thirds of the time.
    """

    @staticmethod
    def forward(context: Any, hidden: Tensor, weight: Tensor, targets: Tensor) -> Tensor:  # noqa: ANN401
        """Mean negative log-likelihood in nats.

        Args:
            context: What `backward` is given.
            hidden: Inputs of the output layer, float32, shape (num_tokens, hidden_size).
            weight: Weights of the output layer, shape (vocabulary_size, hidden_size).
            targets: Ids of the next tokens, int64, shape (num_tokens,).
        """
        size = len(weight)
        # Rows that begin at multiples of a cache line are multiplied twice as fast.
        logits = hidden.new_empty(len(hidden), size + -size % TILE)[:, :size]
        torch.mm(hidden, weight.T, out=logits)
        nats = 0.0
        parts = torch.split(logits, ROWS), torch.split(targets[:, None], ROWS)
        for rows, targets_of_rows in zip(*parts, strict=True):
            rows -= rows.amax(1, keepdim=True)
            nats -= float(rows.gather(1, targets_of_rows).sum(dtype=torch.float64))
            totals = rows.exp_().sum(1, keepdim=True)
            nats += float(totals.log().sum(dtype=torch.float64))
            rows *= totals.mul_(len(hidden)).reciprocal_()
            rows.scatter_add_(1, targets_of_rows, torch.full_like(totals, -1 / len(hidden)))
        context.save_for_backward(hidden, weight, logits)
        return hidden.new_tensor(nats / len(hidden))

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:  # noqa: ANN401
        """Gradients of hidden states and weights."""
        hidden, weight, of_logits = context.saved_tensors
        return gradient * (of_logits @ weight), (of_logits.T @ hidden).mul_(gradient), None


def compile_for_gpu(loss: MeanLoss) -> None:
    """Compiles the loss if that works here, tried on a sum; else says why not in a line.

    A slim image lacks the C compiler that PyTorch needs, another one Python's headers, and old GPUs
    are not compiled for; without it training takes twice as long.
    """
    try:
        torch.compile(lambda ones: ones + 1, dynamic=False)(torch.ones(8, device=loss.model.device))
    except Exception as error:  # noqa: BLE001 - of several libraries
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        print(f"not compiled, twice as slow: {reason}", file=sys.stderr, flush=True)  # noqa: T201
        return
    if loss.model.config.model_type == "gpt2" and loss.document_end is None:
        attend_without_mask(loss.model)
    loss.compile(dynamic=False)


def attend_without_mask(model: PreTrainedModel) -> None:
    """Has a model's attention be causal by its kernel's own means.

    When it is compiled, transformers would make a causal mask, with which PyTorch has no flash
    attention. For models without sliding windows, on whole sequences.
    """
    AttentionInterface.register(UNMASKED, sdpa_attention_forward)
    model.set_attn_implementation(UNMASKED)
