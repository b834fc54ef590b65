"""A language model's folder, as Hugging Face writes it: configuration and safetensors."""

from logging import CRITICAL, getLogger
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import nn
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)
from transformers.activations import NewGELUActivation
from transformers.utils import logging

from components.runtime.errors import InputError

# What transformers reports of weights that do not fit, `read_model` says in one line.
getLogger("transformers").setLevel(CRITICAL)
logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def read_model(
    folder: Path,
    *,
    dtype: torch.dtype = torch.float32,
    device_map: str | dict[str, int | str] = "cpu",
) -> PreTrainedModel:
    """The causal language model in a folder, in evaluation mode.

    Args:
        folder: Folder with config.json and safetensors, of an architecture that transformers
            knows; code in the folder is never run.
        dtype: The weights' precision.
        device_map: Where the layers are put, as accelerate names it: a device, `auto` to spread
            them over all GPUs and then the CPU, or a device for each.

    Raises:
        InputError: The folder holds no such model, or its weights do not fit its configuration.
    """
    if not (folder / "config.json").is_file():
        raise InputError(f"no model at {folder}: expected config.json in it")
    if not list(folder.glob("*.safetensors")):
        raise InputError(f"no weights at {folder}: expected *.safetensors in it")
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            folder,
            dtype=dtype,
            device_map=device_map,
            use_safetensors=True,
            output_loading_info=True,
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        first_line = str(error).strip().splitlines()[0]
        raise InputError(f"cannot read the model at {folder}: {first_line}") from None
    model: PreTrainedModel = loaded[0]
    _check_complete(loaded[1], folder)
    return model  # from_pretrained leaves it in evaluation mode


def write_model(model: PreTrainedModel, folder: Path) -> None:
    """Writes a model into a folder as configuration and safetensors."""
    model.save_pretrained(folder)


def fuse_activations(model: PreTrainedModel) -> None:
    """Computes GPT-2's activation in one pass over memory instead of eight, as PyTorch does.

    The function is the same, gelu in its tanh approximation; values differ by rounding. The
    model's configuration and parameters stay.
    """
    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if type(layer) is NewGELUActivation:
                setattr(parent, name, nn.GELU(approximate="tanh"))


def context_length(model: PreTrainedModel) -> int | None:
    """Tokens that a model sees at the most; None where its configuration names no limit."""
    longest = getattr(model.config.get_text_config(), "max_position_embeddings", None)
    return None if longest is None else int(longest)


def _check_complete(report: dict[str, Any], folder: Path) -> None:
    """Refuses weights that transformers would fill up at random or leave out."""
    for problem in ("missing_keys", "mismatched_keys", "unexpected_keys"):
        names = sorted(map(str, report.get(problem) or ()))
        if names:
            kind = problem.removesuffix("_keys")
            raise InputError(f"{kind} weights in {folder}: {names[0]} (of {len(names)})")


def read_model_tokenizer(folder: Path, *, model: PreTrainedModel) -> PreTrainedTokenizerBase:
    """The tokenizer of a model.

    Args:
        folder: Folder of the tokenizer, often the model's own.
        model: The model, whose vocabulary it must fit; a model may have more embeddings than
            there are tokens, filled up to a round number.

    Raises:
        InputError: There is none, or it has more tokens than the model.
    """
    if not (folder / "tokenizer_config.json").is_file():
        raise InputError(f"no tokenizer at {folder}: expected tokenizer_config.json in it")
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
    except (OSError, ValueError, KeyError) as error:
        first_line = str(error).strip().splitlines()[0]
        raise InputError(f"cannot read the tokenizer at {folder}: {first_line}") from None
    if not tokenizer.is_fast:
        raise InputError(f"no tokenizer.json at {folder}: expected one that knows token offsets")
    size, expected = len(tokenizer), model.config.get_text_config().vocab_size
    if size > expected:
        found = f"{size:,} tokens in the tokenizer at {folder}"
        raise InputError(f"{found}: expected the model's vocabulary of {expected:,}")
    return tokenizer
