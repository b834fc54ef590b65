"""Training throughput in tokens per second.

    python -m benchmarks.throughput --params params.paper.yaml
    accelerate launch --num-processes 4 -m benchmarks.throughput --params params.paper.yaml

Runs a few of the training stage's own optimizer steps on random tokens, with the study's
architecture, context length and precision, on the available GPUs or else the CPU. The fastest step
counts.
"""

import resource
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator

from components.formats.model import fuse_activations, read_model
from components.formats.tokens import PackedSplit, PackedTokens
from components.initialization.stage import initialization
from components.runtime.command_line import run
from components.runtime.errors import InputError
from components.training.checkpoint import Checkpoints
from components.training.loop import TrainingRun
from components.training.recipe import Precision, Recipe
from components.training.stage import MIXED_PRECISION
from components.training.steps import History, OptimizerSteps
from pipelines.study.params import Architecture, read_params

FLOPS = 6  # per parameter and token, forward and backward (Kaplan et al. 2020, arXiv 2001.08361)


def throughput(
    *,
    params: Path = Path("params.yaml"),
    architecture: str = "gpt2",
    recipe: str = "paper",
    batch_size: int | None = None,
    micro_batch_size: int | None = None,
    precision: Precision | None = None,
    steps: int = 3,
) -> None:
    """Measures training throughput.

    Args:
        params: File with a study's parameters.
        architecture: Name of one of its architectures.
        recipe: Name of one of its recipes.
        batch_size: Batch size in sequences, over all processes; by default the recipe's.
        micro_batch_size: Micro-batch size in sequences per process; by default the recipe's.
        precision: Precision of the passes; by default the recipe's.
        steps: Number of timed optimizer steps, after one warm-up step.

    Raises:
        InputError: The parameters are invalid, or have no such architecture.
    """
    study = read_params(params)
    for key, name, table in (
        ("architecture", architecture, study.architectures),
        ("recipe", recipe, study.recipes),
    ):
        if name not in table:
            raise InputError(f"{key}: found '{name}', expected one of {', '.join(table)}")
    asked = {"batch_size": batch_size, "micro_batch_size": micro_batch_size, "precision": precision}
    changed = {name: value for name, value in asked.items() if value is not None}
    timed = Recipe(**study.recipes[recipe].model_dump() | changed, epochs=1, seed=study.seed)
    accelerator = Accelerator(mixed_precision=MIXED_PRECISION[timed.precision])
    sizes, length = study.architectures[architecture], study.context_length
    with tempfile.TemporaryDirectory() as folder:
        training = _training(Path(folder), sizes, length, timed, accelerator)
    seconds = min(_seconds(training, timed, accelerator, steps))
    if accelerator.is_main_process:
        _print_result(training, timed, seconds, tokens=timed.batch_size * length)


def _training(
    folder: Path, sizes: Architecture, length: int, recipe: Recipe, accelerator: Accelerator
) -> TrainingRun:
    """A run of the training stage with random weights, on one batch of random tokens."""
    weights = folder / "weights"
    initialization(weights=weights, context_length=length, seed=0, **sizes.model_dump())
    shape = (recipe.batch_size, length)
    drawn = np.random.default_rng(0).integers(sizes.vocabulary_size, size=shape, dtype=np.uint32)
    split = PackedSplit(drawn, predicted_bytes=drawn.size)
    model = read_model(weights)
    fuse_activations(model)
    return TrainingRun(
        model,
        PackedTokens(split, split),
        recipe=recipe,
        accelerator=accelerator,
        checkpoints=Checkpoints(folder / "none"),
    )


def _seconds(
    training: TrainingRun, recipe: Recipe, accelerator: Accelerator, count: int
) -> Iterator[float]:
    """Seconds of each optimizer step after the first, which also sets up."""
    for number in range(count + 1):
        steps = OptimizerSteps(
            training.prepared,
            training.prepared_optimizer,
            training.data.train.sequences,
            recipe=recipe,
            accelerator=accelerator,
            history=History(),
        )
        started = time.perf_counter()
        list(islice(steps.epoch(), 1))
        if accelerator.device.type == "cuda":
            torch.cuda.synchronize()
        if number:
            yield time.perf_counter() - started


def _print_result(training: TrainingRun, recipe: Recipe, seconds: float, *, tokens: int) -> None:
    accelerator, num_parameters = training.accelerator, training.model.num_parameters()
    if accelerator.device.type == "cuda":
        name, peak = torch.cuda.get_device_name(), torch.cuda.max_memory_allocated()
    else:
        capability = torch.backends.cpu.get_cpu_capability()
        name = f"CPU ({capability}), {torch.get_num_threads()} threads"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    rate = tokens / seconds
    print(f"{accelerator.num_processes} x {name}, PyTorch {torch.__version__}")
    print(
        f"{num_parameters:,} parameters, {recipe.precision}, {recipe.batch_size} sequences of"
        f" {tokens // recipe.batch_size} tokens per step,"
        f" micro-batches of {recipe.micro_batch_size}"
    )
    print(
        f"{seconds:.2f} s per step, {rate:,.0f} tokens/s,"
        f" {FLOPS * num_parameters * rate / 1e12:.2f} TFLOP/s, {peak / 2**30:.1f} GiB peak memory"
    )


if __name__ == "__main__":
    run(throughput)
