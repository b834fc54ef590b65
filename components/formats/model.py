"""A language model's folder, as Hugging Face writes it: configuration and safetensors."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from logging import CRITICAL, getLogger
from pathlib import Path
from typing import Any

import torch
import transformers
from safetensors import safe_open
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.activations import NewGELUActivation
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
from transformers.utils import logging

from components.formats.json_file import read_json
from components.formats.model_files import check_model_files
from components.formats.tokenizer import read_tokenizer, tokenizer_errors, vocabulary_size
from components.runtime.errors import InputError

# What transformers reports of weights that do not fit, `read_model` says in one line.
getLogger("transformers").setLevel(CRITICAL)
logging.disable_progress_bar()  # type: ignore[no-untyped-call]

# Masks, positions and frequencies that older versions of transformers stored with the weights.
CONSTANT = re.compile(
    r"(^|\.)(attn|attention)\.(bias|masked_bias|causal_mask)$"
    r"|(^|\.)(\w*rotary\w*\.inv_freq|position_ids|token_type_ids)$"
)
HUB_KERNEL = re.compile(r'_implementation": "[^"]*/')  # transformers would download and run it
MOST_LABELS = 10**6
# Of new models: far beyond any, and so little that transformers can build them.
LARGEST = {"num_hidden_layers": 1_000, "num_attention_heads": 1_000, "hidden_size": 100_000}
CONTEXT = ("max_position_embeddings", "max_seq_len")  # what configurations call it; MPT the second
PROBE_LENGTH = 16  # tokens of the test of causality; the second half varies
# Largest change of the first half's logits, relative to the largest logit, by precision. Masked
# attention gives none at all; experts of a mixture compute groups of tokens, and round differently.
PROBE_TOLERANCE = {torch.float32: 1e-4, torch.float16: 1e-2, torch.bfloat16: 5e-2}


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
        InputError: The folder holds no such model, its weights do not fit its configuration, or
            what it says of a token depends on those that follow.
    """
    names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    check_model_files(names, where=str(folder))
    _check_configuration(folder / "config.json")
    with _one_line(f"cannot read the model at {folder}"):
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        _check_depth(config, folder)
        # Without memory: sizes in config.json that the weights do not have would need any amount.
        _, report = _load(folder, config=config, dtype=dtype, device_map="meta")
        _check_complete(report, folder)
        model, _ = _load(folder, config=config, dtype=dtype, device_map=device_map)
        _check_causal(model, folder)
    return model  # from_pretrained leaves it in evaluation mode


def make_model(folder: Path, *, vocabulary_size: int, context_length: int) -> PreTrainedModel:
    """A causal language model by its configuration, with random weights, in evaluation mode.

    The weights are drawn by PyTorch's random generator as the architecture initialises them. The
    model has no special tokens: training takes them from the tokenizer.

    Args:
        folder: Folder with config.json, of an architecture that transformers knows; code in the
            folder is never run.
        vocabulary_size: Number of tokens in the vocabulary, whatever the configuration says.
        context_length: Maximum sequence length in tokens, at most the configuration's.

    Raises:
        InputError: The folder holds no configuration of a causal language model, its context is
            too short, or its sizes make no model.
    """
    file = folder / "config.json"
    _check_configuration(file)
    with _one_line(f"cannot make a model of {file}"):
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        _resize(config, file, vocabulary_size=vocabulary_size, context_length=context_length)
        make: Any = AutoModelForCausalLM.from_config
        model: PreTrainedModel = make(config, dtype=torch.float32, trust_remote_code=False).eval()
        _check_causal(model, folder)
    return model


@contextmanager
def _one_line(problem: str) -> Iterator[None]:
    """Turns what transformers raises in the block into one line."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - transformers checks few values of config.json
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        # The first line of what checks a configuration names the check, the second one says why.
        reason = [line for line in lines if not line.endswith(":")] or lines
        raise InputError(": ".join([problem, type(error).__name__, *reason[:1]])) from None


def _resize(
    config: PreTrainedConfig, file: Path, *, vocabulary_size: int, context_length: int
) -> None:
    """Gives a configuration another vocabulary, without special tokens, and a shorter context."""
    sizes = config.get_text_config()
    for name, most in LARGEST.items():
        size = getattr(sizes, name, 0)
        if isinstance(size, int) and size > most:
            raise InputError(f"{name} {size} in {file}: expected at most {most:,}")
    for name in CONTEXT:
        longest = getattr(sizes, name, None)
        if longest is not None and longest < context_length:
            found = f"a context of {longest:,} tokens in {file}"
            raise InputError(f"{found}: expected at least the study's {context_length:,}")
        if longest is not None:
            setattr(sizes, name, context_length)
    sizes.vocab_size = vocabulary_size
    for each in (config, sizes):
        each.bos_token_id = each.eos_token_id = each.pad_token_id = None


def _check_configuration(file: Path) -> None:
    """Refuses a config.json that is no causal language model's, or that asks for code to be run."""
    content = read_json(file, dict[str, Any])
    kind = content.get("model_type")
    if str(kind) not in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        raise InputError(
            f"model_type {kind} in {file}: expected a causal language model"
            f" that transformers {transformers.__version__} knows; code in the folder is never run"
        )
    labels = content.get("num_labels", 0)  # of classifiers; transformers would name each
    if isinstance(labels, (int, float)) and labels > MOST_LABELS:
        raise InputError(f"num_labels {labels} in {file}: expected at most {MOST_LABELS:,}")
    if HUB_KERNEL.search(json.dumps(content)):
        found = f"an implementation from the Hub in {file}"
        raise InputError(f"{found}: expected none, its code is never run")


def _load(
    folder: Path,
    *,
    config: PreTrainedConfig,
    dtype: torch.dtype,
    device_map: str | dict[str, int | str],
) -> tuple[PreTrainedModel, dict[str, Any]]:
    """A model, and transformers' report of the weights that do not fit."""
    loaded: Any = AutoModelForCausalLM.from_pretrained(
        folder,
        config=config,
        dtype=dtype,
        device_map=device_map,
        use_safetensors=True,
        ignore_mismatched_sizes=device_map == "meta",
        output_loading_info=True,
        trust_remote_code=False,
    )
    return loaded[0], loaded[1]


def _check_depth(config: PreTrainedConfig, folder: Path) -> None:
    """Refuses more layers than there are tensors: building them would not end."""
    layers = getattr(config.get_text_config(), "num_hidden_layers", 0)
    num_tensors = 0
    for file in folder.glob("*.safetensors"):
        with safe_open(file, framework="pt") as tensors:
            num_tensors += len(tensors.keys())
    if layers > num_tensors:
        raise InputError(
            f"{layers:,} layers in {folder / 'config.json'}: expected no more than the"
            f" {num_tensors:,} tensors of the weights"
        )


def _check_complete(report: dict[str, Any], folder: Path) -> None:
    """Refuses weights that transformers would fill up at random or leave out."""
    mismatched = sorted(report["mismatched_keys"])
    if mismatched:
        name, found, expected = mismatched[0]
        raise InputError(
            f"weights of shape {_shape(found)} in {folder}: expected {_shape(expected)} by its"
            f" config.json: {name} (of {len(mismatched)})"
        )
    for kind in ("missing", "unexpected"):
        names = sorted(report[f"{kind}_keys"])
        if kind == "unexpected":
            names = [name for name in names if not CONSTANT.search(name)]
        if names:
            raise InputError(f"{kind} weights in {folder}: {names[0]} (of {len(names)})")


def _shape(sizes: Iterable[int]) -> str:
    return " × ".join(map(str, sizes)) or "1"


@torch.inference_mode()
def _check_causal(model: PreTrainedModel, folder: Path) -> None:
    """Refuses a model whose predictions in the first half of a text change with the second half."""
    size = _num_embeddings(model)
    half = min(PROBE_LENGTH, context_length(model) or PROBE_LENGTH) // 2
    if half == 0:
        return
    # From the second quarter of the vocabulary, then the fourth: few special tokens are there.
    ids = (size // 4 + torch.arange(2 * half) * size // (8 * half)).repeat(2, 1)
    ids[1, half:] += size // 2
    logits: Tensor = model(input_ids=ids.to(model.device), use_cache=False).logits[:, :half].float()
    change, largest = (logits[0] - logits[1]).abs().max(), logits.abs().max()
    # NaN and infinity come from the weights, not from what follows.
    if change > PROBE_TOLERANCE[model.dtype] * largest and largest.isfinite():
        raise InputError(
            f"no causal language model at {folder}: this {model.config.model_type} sees the tokens"
            " that follow; expected the same predictions in a text's beginning whatever follows"
        )


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
    sizes = model.config.get_text_config()
    limits = [getattr(sizes, name, None) for name in CONTEXT]
    return min((int(limit) for limit in limits if limit is not None), default=None)


def _num_embeddings(model: PreTrainedModel) -> int:
    weight: Any = model.get_input_embeddings().weight
    return len(weight)


def read_model_tokenizer(folder: Path, *, model: PreTrainedModel) -> Tokenizer:
    """The tokenizer of a model, as `tokenizer.json` in a folder, often the model's own, says.

    A model may have more embeddings than there are tokens, filled up to a round number.

    Raises:
        InputError: There is none, it has more tokens than the model, or its tokenizer_config.json
            names special tokens at the ends of a text that its tokenizer.json does not set.
    """
    tokenizer = read_tokenizer(folder, end_of_text=False)
    with tokenizer_errors(f"no tokens of a text by {folder}"):
        sample = tokenizer.encode("The cell")  # its special tokens need not be in the vocabulary
    size = max(vocabulary_size(tokenizer), max(sample.ids, default=-1) + 1)
    expected = _num_embeddings(model)
    if size > expected:
        found = f"{size:,} tokens in the tokenizer at {folder}"
        raise InputError(f"{found}: expected the model's vocabulary of {expected:,}")
    _check_ends(sample.special_tokens_mask, folder)
    return tokenizer


def _check_ends(special: list[int], folder: Path) -> None:
    """Refuses a tokenizer whose two files disagree on special tokens around a text."""
    file = folder / "tokenizer_config.json"
    config = read_json(file, dict[str, Any]) if file.is_file() else {}
    for name, end in (("add_bos_token", special[:1]), ("add_eos_token", special[-1:])):
        if config.get(name) is (end != [1]):
            raise InputError(
                f"{name} is {config[name]} in {file}: expected what tokenizer.json's post_processor"
                " does, or no such entry"
            )
