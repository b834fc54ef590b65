"""How many tokens the `modern` recipe needs for what the `paper` recipe learns.

    python -m benchmarks.recipes --tokens artifacts/tokens/domain --params params.yaml

Trains one architecture from the same random weights by the recipes of params.paper.yaml: by `paper`
on all tokens, by `paper` with another learning rate, and by `modern` on shares of the tokens, each
with a schedule of its own. Prints the loss on the validation sequences as a Markdown table.
"""

import math
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import torch
from accelerate import Accelerator
from transformers import PreTrainedModel

from components.formats.model import read_model
from components.formats.tokenizer import read_tokenizer
from components.formats.tokens import PackedTokens, read_tokens
from components.initialization.stage import initialization
from components.runtime.command_line import run
from components.runtime.errors import InputError
from components.training.checkpoint import Checkpoints
from components.training.documents import document_end
from components.training.loop import TrainingRun
from components.training.recipe import Precision, Recipe
from components.training.stage import MIXED_PRECISION
from components.training.validation import Validation
from pipelines.study.params import Architecture, Configuration, Params, read_params

T_975 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}  # Student's t by number of seeds


class Trained(NamedTuple):
    """A trained model.

    Attributes:
        model: On the device that it was trained on.
        validation: Of its weights.
        sequence_length: Of the training sequences, in tokens.
        num_tokens: Tokens that it was trained on.
        seconds: Time that training and validation took.
    """

    model: PreTrainedModel
    validation: Validation
    sequence_length: int
    num_tokens: int
    seconds: float


def recipes(
    *,
    tokens: Path,
    params: Path = Path("params.yaml"),
    architecture: str = "gpt2",
    shares: tuple[float, ...] = (0.03, 0.05, 0.1, 1.0),
    batch_size: int = 16,
    modern_batch_size: int = 4,
    micro_batch_size: int = 16,
    corrected_rate: float = 1e-3,
    modern_rate: float | None = None,
    precision: Precision = "float32",
    num_seeds: int = 3,
) -> None:
    """Compares the recipes.

    Args:
        tokens: Folder of packed tokens.
        params: File with the study's architecture.
        architecture: Name of the architecture.
        shares: Shares of the training tokens for `modern`.
        batch_size: Batch size of `paper`, in sequences.
        modern_batch_size: Batch size of `modern`, in sequences.
        micro_batch_size: Largest micro-batch size in sequences.
        corrected_rate: Peak learning rate of the second line, `paper` with another one.
        modern_rate: Peak learning rate of `modern`; by default the recipe's.
        precision: Precision of the passes.
        num_seeds: Number of random seeds, of weights and order.

    Raises:
        InputError: The parameters are invalid or have no such architecture, or the tokens are bad.
    """
    study, published = read_params(params), read_params(Path("params.paper.yaml")).recipes
    trained_architecture = named_architecture(study, architecture)

    def recipe(name: str, size: int) -> Recipe:
        changed = {
            "batch_size": size,
            "micro_batch_size": min(size, micro_batch_size),
            "precision": precision,
        }
        return Recipe(**published[name].model_dump() | changed, epochs=1, seed=0)

    paper, modern = recipe("paper", batch_size), recipe("modern", modern_batch_size)
    if modern_rate is not None:
        modern = replace(modern, peak_learning_rate=modern_rate)
    rows = [("paper", paper, 1.0)]
    corrected = replace(paper, peak_learning_rate=corrected_rate)
    rows.append((f"paper, learning rate {corrected_rate:g}", corrected, 1.0))
    rows += [("modern", modern, share) for share in shares]
    print(f"{device()}\n")
    print("| recipe | batch | tokens | share | loss, nats | difference to paper | tokens/s |")
    print("|---|--:|--:|--:|--:|--:|--:|", flush=True)
    reference: list[float] = []
    for name, chosen, share in rows:
        found = [
            trained(trained_architecture, tokens, replace(chosen, seed=seed), share=share)
            for seed in range(num_seeds)
        ]
        losses = [math.log(each.validation.perplexity) for each in found]
        reference = reference or losses
        differences = [loss - first for loss, first in zip(losses, reference, strict=True)]
        rate = statistics.median(each.num_tokens / each.seconds for each in found)
        print(
            f"| {name} | {chosen.batch_size} | {found[0].num_tokens:,} | {share:.0%}"
            f" | {_interval(losses)} | {_interval(differences)} | {rate:,.0f} |",
            flush=True,
        )


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
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "weights"
        length = sequences.shape[1]
        initialization(
            weights=weights, context_length=length, seed=recipe.seed, **architecture.model_dump()
        )
        model = read_model(weights)
        end = None
        if recipe.attention == "document":
            end = document_end(sequences, tokenizer=read_tokenizer(tokens), model=model)
        training = TrainingRun(
            model,
            PackedTokens(data.train._replace(sequences=kept), data.validation),
            recipe=recipe,
            accelerator=Accelerator(mixed_precision=MIXED_PRECISION[recipe.precision]),
            checkpoints=Checkpoints(Path(folder) / "none"),
            document_end=end,
        )
        started = time.perf_counter()
        validation = training.train(checkpoint_seconds=60.0)
        seconds = time.perf_counter() - started
    torch.compiler.reset()
    num_tokens = training.history.step * recipe.batch_size * length
    return Trained(model, validation, length, num_tokens, seconds)


def named_architecture(study: Params, name: str) -> Architecture | Configuration:
    """A study's architecture.

    Raises:
        InputError: The study has none of this name.
    """
    known: dict[str, Architecture | Configuration] = {
        **study.architectures,
        **study.configurations,
    }
    if name not in known:
        raise InputError(f"architecture: found '{name}', expected one of {', '.join(known)}")
    return known[name]


def device() -> str:
    """What the models are trained on, in words."""
    name = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"
    return f"{name}, {torch.get_num_threads()} threads, PyTorch {torch.__version__}"


def _interval(values: list[float]) -> str:
    """Mean and 95 % confidence interval over seeds."""
    mean = statistics.mean(values)
    if len(values) == 1:
        return f"{mean:.3f}"
    half = T_975[len(values)] * statistics.stdev(values) / math.sqrt(len(values))
    return f"{mean:.3f} ± {half:.3f}"


if __name__ == "__main__":
    run(recipes)
