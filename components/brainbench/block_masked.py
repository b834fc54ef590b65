"""Log-probabilities of many texts at once: every shared prefix is computed once.

The trie of all texts is cut into rows. In a forward pass a token attends only to the preceding
tokens of its own texts, whatever else is in its row. Logits are computed for few tokens at a time.
"""

from collections.abc import Callable, Sequence
from inspect import signature

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel

from components.brainbench import plain
from components.brainbench.trie import Row, rows

# By type of device: tokens per forward pass, and tokens whose logits over the whole vocabulary
# are held at a time. A CPU is fastest if the logits fit its cache, a GPU if it is fully used.
TOKENS_AT_ONCE = {"cpu": 1024, "cuda": 32768}
LOGITS_AT_ONCE = {"cpu": 64, "cuda": 4096}
# Largest relative difference of a text's perplexity from the plain computation's, by precision.
TOLERANCE = {torch.float32: 1e-5, torch.float16: 1e-2, torch.bfloat16: 5e-2}


def log_probabilities(
    texts: Sequence[Sequence[int]],
    *,
    model: PreTrainedModel,
    tokens_at_once: int | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> list[NDArray[np.float32]]:
    """Log-probability of each token of each text given the tokens before it.

    Args:
        texts: Token ids of each text, at least one token, at most the model's context.
        model: Causal language model in evaluation mode that `takes_block_masks`.
        tokens_at_once: Maximum tokens per forward pass; a longer text has a pass of its own. None
            for the device's default.
        advance: Called with the number of texts done since the last call.

    Returns:
        For each text, natural logarithms, float32, shape (len(text),); NaN for its first token.
    """
    tokens_at_once = tokens_at_once or _default_tokens_at_once(model)
    found: dict[int, NDArray[np.float32]] = {}
    left = rows(texts, longest=tokens_at_once)
    while left:  # rows of similar length, as many as a forward pass may hold
        size = max(1, tokens_at_once // len(left[0]))
        batch, left = left[:size], left[size:]
        values = _score(batch, model)  # (num_rows, longest row)
        for row, line in zip(batch, values, strict=True):
            for number, path in row.paths.items():
                found[number] = line[path]
            advance(len(row.paths))
    return [found[number] for number in range(len(texts))]


def _default_tokens_at_once(model: PreTrainedModel) -> int:
    return TOKENS_AT_ONCE.get(model.device.type, 1024)


def takes_block_masks(
    model: PreTrainedModel, texts: Sequence[Sequence[int]], *, tokens_at_once: int | None = None
) -> bool:
    """Whether a model computes texts together exactly as it does one by one.

    Some architectures have no position ids or their own kind of mask, are recurrent, or change the
    logits after their last layer; some choose how they encode positions by the longest text that
    they read; some mask by places in the row. The longest text, one that diverges from it half-way
    and the shortest one show it, and the text whose tokens are farthest apart in the longest row.

    Args:
        model: Causal language model in evaluation mode.
        texts: Token ids of the texts to be scored.
        tokens_at_once: As of `log_probabilities`.
    """
    if not {"attention_mask", "position_ids"} <= signature(model.forward).parameters.keys():
        return False
    predicted = [text for text in texts if len(text) > 1]
    if not predicted:
        return True
    longest, shortest = max(predicted, key=len), min(predicted, key=len)
    half = len(longest) // 2
    tried = [longest, [*longest[:half], *reversed(longest[half:])], shortest]
    row = rows(predicted, longest=tokens_at_once or _default_tokens_at_once(model))[0]
    last, path = max(row.paths.items(), key=lambda text: text[1][-1])
    expected = [plain.log_probabilities(ids, model=model) for ids in (*tried, predicted[last])]
    try:
        # So many that the shortest one is in a forward pass with a longer one.
        together = log_probabilities(tried, model=model, tokens_at_once=4 * len(longest))
        together.append(_score([row], model)[0][path])
        if not _output_layer_is_last(model, longest):
            return False
    except torch.OutOfMemoryError:
        raise  # unrelated to masks
    except (TypeError, ValueError, RuntimeError, AttributeError):
        return False
    one, other = (
        np.array([values[1:].mean(dtype=np.float64) for values in way])
        for way in (together, expected)
    )
    # NaN both ways comes from the weights, not from the masks.
    return np.allclose(one, other, rtol=0, atol=TOLERANCE[model.dtype], equal_nan=True)


@torch.inference_mode()
def _output_layer_is_last(model: PreTrainedModel, text: Sequence[int]) -> bool:
    """Whether a model's logits are those of its output layer, but for half a unit of rounding.

    Gemma 2 caps them. In half precision, `TOLERANCE` would let a small change pass.
    """
    inputs = {"input_ids": torch.tensor([list(text)], device=model.device), "use_cache": False}
    logits: Tensor = model(**inputs).logits.float()
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    again = head(model.base_model(**inputs).last_hidden_state)
    change = again.to(logits) - logits  # they may be on two GPUs
    limit = torch.finfo(model.dtype).eps / 2 * logits.abs().max()
    return not bool(change.abs().max() > limit)  # NaN comes from the weights


@torch.inference_mode()
def _score(batch: Sequence[Row], model: PreTrainedModel) -> NDArray[np.float32]:
    """Log-probability of every node, float32, shape (num_rows, longest row); NaN for roots."""
    length = max(map(len, batch))
    tokens = _padded([row.tokens for row in batch], np.zeros(length))
    depths = _padded([row.depths for row in batch], np.zeros(length))
    # Padding attends to itself only.
    ends = _padded([row.ends for row in batch], np.arange(length) + 1)
    parents = _padded([row.parents for row in batch], np.full(length, -1))
    positions = torch.from_numpy(depths).to(model.device)
    hidden = model.base_model(
        input_ids=torch.from_numpy(tokens).to(model.device),
        attention_mask=_masks(positions, torch.from_numpy(ends).to(model.device), model),
        position_ids=positions,
        use_cache=False,
    ).last_hidden_state  # (num_rows, length, width)
    parents = np.where(parents >= 0, parents + np.arange(len(batch))[:, None] * length, -1)
    values = _predictions(hidden.flatten(0, 1), tokens.ravel(), parents.ravel(), model)
    return values.reshape(len(batch), length)


def _padded(lines: Sequence[NDArray[np.int64]], padding: NDArray[np.generic]) -> NDArray[np.int64]:
    """Lines of equal length, filled up from the same positions of `padding`."""
    table = np.tile(padding.astype(np.int64), (len(lines), 1))
    for target, line in zip(table, lines, strict=True):
        target[: len(line)] = line
    return table


def _masks(depths: Tensor, ends: Tensor, model: PreTrainedModel) -> Tensor | dict[str, Tensor]:
    """Additive attention masks, shape (num_rows, 1, length, length), by type of layer if several.

    A node attends to itself and the nodes before it in its texts; in a layer with a sliding
    window, to as many of them as the window holds.
    """
    config = model.config.get_text_config()
    window: int | None = getattr(config, "sliding_window", None)
    kinds = getattr(config, "layer_types", None) or [
        "sliding_attention" if window else "full_attention"
    ]
    place = torch.arange(depths.shape[1], device=depths.device)
    seen = (place[None, :] <= place[:, None]) & (place[:, None] < ends[:, None, :])
    masks = {}
    for kind in set(kinds):
        visible = seen
        if kind == "sliding_attention" and window is not None:
            visible = seen & (depths[:, :, None] - depths[:, None, :] < window)
        hidden = torch.finfo(model.dtype).min
        mask = torch.zeros(visible.shape, dtype=model.dtype, device=depths.device)
        masks[kind] = mask.masked_fill_(~visible, hidden)[:, None]
    return masks if len(masks) > 1 else masks[kinds[0]]


def _predictions(
    hidden: Tensor,  # (num_nodes, width)
    tokens: NDArray[np.int64],  # (num_nodes,)
    parents: NDArray[np.int64],  # (num_nodes,), -1 for none
    model: PreTrainedModel,
) -> NDArray[np.float32]:
    """Log-probability of each token given the hidden state of its parent; NaN without one."""
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    at_once = LOGITS_AT_ONCE.get(hidden.device.type, 64)
    children = np.flatnonzero(parents >= 0)
    children = children[np.argsort(parents[children], kind="stable")]
    states, which = np.unique(parents[children], return_inverse=True)
    ends = np.searchsorted(which, np.arange(at_once, len(states) + at_once, at_once))
    chosen, state, token = (
        torch.from_numpy(each).to(hidden.device) for each in (states, which, tokens[children])
    )
    found, start = [], 0
    for chunk, end in enumerate(ends.tolist()):
        first = chunk * at_once
        logits: Tensor = head(hidden[chosen[first : first + at_once]])
        likely = logits.log_softmax(dim=-1, dtype=torch.float32)
        lines, columns = state[start:end] - first, token[start:end]
        found.append(likely[lines.to(likely.device), columns.to(likely.device)])
        start = end
    values = np.full(len(tokens), np.nan, dtype=np.float32)
    if found:
        values[children] = torch.cat(found).cpu().numpy()
    return values
