"""Models with random weights, and trainings of them, for benchmarks."""

import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from accelerate import Accelerator
from transformers import PreTrainedModel

from components.formats.model import read_model
from components.formats.tokenizer import read_tokenizer
from components.formats.tokens import PackedSplit, PackedTokens, read_tokens
from components.initialization.stage import initialization
from components.runtime.errors import InputError
from components.training.checkpoint import Checkpoints
from components.training.documents import document_end
from components.training.loop import TrainingRun
from components.training.recipe import Recipe
from components.training.stage import MIXED_PRECISION
from components.training.validation import Validation
from pipelines.study.params import Architecture, Configuration, Params


class Trained(NamedTuple):
    """A trained model."""

    model: PreTrainedModel  # on the device that it was trained on
    validation: Validation  # of its weights
    sequence_length: int  # of the training sequences, in tokens
    num_tokens: int  # that it was trained on
    seconds: float  # time that training and validation took


def trained(
    architecture: Architecture | Configuration, tokens: Path, recipe: Recipe, *, share: float
) -> Trained:
    """Trains an architecture from random weights.

    Args:
        architecture: Sizes of the model, or its configuration.
        tokens: Folder of packed tokens and their tokenizer.
        recipe: Hyperparameters; its seed is the weights' too.
        share: Share of the training sequences to train on, at least a batch.
    """
    data = read_tokens(tokens)
    sequences = data.train.sequences
    kept = sequences[: max(recipe.batch_size, int(len(sequences) * share))]
    length = sequences.shape[1]
    with tempfile.TemporaryDirectory() as folder:
        model = random_model(architecture, context_length=length, seed=recipe.seed)
        end = None
        if recipe.attention == "document":
            end = document_end(sequences, tokenizer=read_tokenizer(tokens), model=model)
        training = TrainingRun(
            model,
            PackedTokens(data.train._replace(sequences=kept), data.validation),
            recipe=recipe,
            accelerator=Accelerator(mixed_precision=MIXED_PRECISION[recipe.precision]),
            checkpoints=Checkpoints(Path(folder)),
            document_end=end,
        )
        started = time.perf_counter()
        validation = training.train(checkpoint_seconds=60.0)
        seconds = time.perf_counter() - started
    torch.compiler.reset()
    num_tokens = training.history.step * recipe.batch_size * length
    return Trained(model, validation, length, num_tokens, seconds)


def random_model(
    architecture: Architecture | Configuration, *, context_length: int, seed: int = 0
) -> PreTrainedModel:
    """A model with random weights."""
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights"
        sizes = architecture.model_dump()
        initialization(weights=weights, context_length=context_length, seed=seed, **sizes)
        return read_model(weights)


def random_tokens(model: PreTrainedModel, *, num_sequences: int) -> PackedTokens:
    """Random tokens as training and validation sequences of a model's context length."""
    shape = (num_sequences, model.config.n_positions)
    ids = np.random.default_rng(0).integers(model.config.vocab_size, size=shape, dtype=np.uint32)
    split = PackedSplit(ids, predicted_bytes=ids.size)
    return PackedTokens(split, split)


def named_architecture(study: Params, name: str) -> Architecture | Configuration:
    """A study's architecture.

    Raises:
        InputError: The study has none of this name.
    """
    known: dict[str, Architecture | Configuration] = {
        **study.architectures,
        **study.configurations,
    }
    _check_name("architecture", name, known)
    return known[name]


def named_recipe(study: Params, name: str, **changed: object) -> Recipe:
    """A study's recipe, for one epoch and with its seed.

    Args:
        study: The study.
        name: Name of the recipe.
        changed: Other values; None leaves the recipe's.

    Raises:
        InputError: The study has none of this name.
    """
    _check_name("recipe", name, study.recipes)
    given = {key: value for key, value in changed.items() if value is not None}
    return Recipe(**{"epochs": 1, "seed": study.seed, **study.recipes[name].model_dump(), **given})


def _check_name(what: str, name: str, known: Collection[str]) -> None:
    if name not in known:
        raise InputError(f"{what}: found '{name}', expected one of {', '.join(known)}")


def training_flops(model: PreTrainedModel, *, num_tokens: int, sequence_length: int) -> float:
    """Floating point operations of training: 6 N + 12 L d T per token.

    N counts the weights that multiply, those of the output layer among them, but no embeddings; L
    is the number of layers, d the hidden size and T the sequence length, of the attention
    (Chowdhery et al. 2022, arXiv 2204.02311, appendix B).

    Args:
        model: Causal language model.
        num_tokens: Tokens trained on.
        sequence_length: In tokens.
    """
    output: Any = model.get_output_embeddings().weight  # type: ignore[no-untyped-call]
    weights = model.num_parameters(exclude_embeddings=True) + output.numel()
    config = model.config.get_text_config()
    attention = config.num_hidden_layers * config.hidden_size * sequence_length
    return float(num_tokens * (6 * weights + 12 * attention))


def device() -> str:
    """What models are trained on, in words."""
    if torch.cuda.is_available():
        name = torch.cuda.get_device_name()
    else:
        name = f"CPU ({torch.backends.cpu.get_cpu_capability()})"
    return f"{name}, {torch.get_num_threads()} threads, PyTorch {torch.__version__}"
