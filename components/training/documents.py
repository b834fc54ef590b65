"""Documents within packed sequences: each is trained on as if it stood alone.

transformers masks the documents of a sequence from each other where their positions start again
from 0, without a cache and without an attention mask.
"""

from inspect import signature
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import PreTrainedModel

from components.formats.model import context_length
from components.formats.tokenizer import END_OF_TEXT
from components.formats.tokens import Sequences
from components.runtime.errors import InputError

PROBE_LENGTH = 16  # tokens of two documents
TOLERANCE = 1e-4  # largest change of the second one's logits, relative to the largest logit
SEQUENCES_AT_ONCE = 1024


def model_inputs(ids: Tensor, *, document_end: int | None) -> dict[str, Any]:
    """What a model is called with.

    Args:
        ids: Token ids, shape (num_sequences, context_length).
        document_end: The token that ends a document, if tokens shall see their own document only;
            None if they shall see all before them in their sequence.
    """
    inputs = {"input_ids": ids, "use_cache": False}  # with a cache, documents are not masked
    if document_end is None:
        return inputs
    return inputs | {"position_ids": document_positions(ids, end=document_end)}


def document_positions(ids: Tensor, *, end: int) -> Tensor:
    """Position of each token in its document; one that began in an earlier sequence begins anew.

    Token ids and positions are int64 of shape (num_sequences, context_length).
    """
    places = torch.arange(ids.shape[1], device=ids.device)
    behind_end = torch.zeros_like(ids)
    behind_end[:, 1:] = ids[:, :-1] == end
    return places - (places * behind_end).cummax(dim=1).values


def document_end(sequences: Sequences, *, tokenizer: Tokenizer, model: PreTrainedModel) -> int:
    """The token that ends a document of packed sequences.

    Args:
        sequences: Token ids, shape (num_sequences, context_length).
        tokenizer: Their tokenizer.
        model: Causal language model in evaluation mode that shall see one document at a time.

    Raises:
        InputError: No document's end is marked in the sequences, or the model cannot be kept from
            seeing other documents.
    """
    end: int | None = tokenizer.token_to_id(END_OF_TEXT)
    starts = range(0, len(sequences), SEQUENCES_AT_ONCE)
    if not any(np.any(sequences[start : start + SEQUENCES_AT_ONCE] == end) for start in starts):
        raise InputError(
            f"attention document: found no {END_OF_TEXT} in the training sequences, expected one"
            " behind each document, as the separator end-of-text puts it there"
        )
    assert end is not None
    if not _sees_own_document_only(model, end=end):
        raise InputError(
            f"attention document: this {model.config.model_type} sees earlier documents of a"
            " sequence, expected attention sequence or a model whose positions can start again"
        )
    return end


@torch.inference_mode()
def _sees_own_document_only(model: PreTrainedModel, *, end: int) -> bool:
    """Whether a document behind another one is predicted as it is alone."""
    if "position_ids" not in signature(model.forward).parameters:
        return False
    half = min(PROBE_LENGTH, context_length(model) or PROBE_LENGTH) // 2
    size = len(model.get_input_embeddings().weight)  # type: ignore[arg-type]
    ids = (end + 1 + torch.arange(2 * half) % max(1, size - 1)) % size
    ids[half - 1] = end
    packed, alone = (
        model(**model_inputs(each, document_end=end)).logits[0, -half:].float()
        for each in (ids[None], ids[None, half:])
    )
    # NaN and infinity come from the weights, which training refuses.
    return not bool((packed - alone).abs().max() > TOLERANCE * alone.abs().max())
