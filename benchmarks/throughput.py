"""Training throughput in tokens per second, beside that of a plain PyTorch loop.

    python -m benchmarks.throughput --params params.paper.yaml --batch-size 2 --precision float32
    accelerate launch --num-processes 4 -m benchmarks.throughput --params params.paper.yaml

Two processes take optimizer steps on the same random tokens in turn: one by the training stage's
code, one by transformers' model and PyTorch's AdamW as they come. The architecture, context length
and precision are the study's, on the available GPU or else the CPU. The fastest step of each
counts. With several processes, as accelerate starts them, the training stage's alone is measured.
"""

import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor
from transformers import PreTrainedModel

from benchmarks.measuring import print_head, print_row
from benchmarks.models import (
    device,
    named_architecture,
    named_recipe,
    random_model,
    random_tokens,
    training_flops,
)
from components.runtime.command_line import run
from components.runtime.errors import InputError
from components.training.checkpoint import Checkpoints
from components.training.loop import TrainingRun
from components.training.recipe import Precision, Recipe
from components.training.stage import MIXED_PRECISION
from components.training.steps import History, OptimizerSteps
from pipelines.study.params import Architecture, Configuration, read_params

# Dense bfloat16, FLOP/s, of NVIDIA's data sheets; what is not here is measured.
PEAKS = {"H100": 989e12, "H200": 989e12, "A100": 312e12}
Step = Callable[[], None]
STATE_BYTES = 4 * 4  # of a parameter: weight, gradient and AdamW's two moments in float32


@dataclass(frozen=True)
class Setting:
    """What is trained, and how."""

    architecture: Architecture | Configuration
    context_length: int
    recipe: Recipe

    @property
    def tokens_per_step(self) -> int:
        """Tokens of one optimizer step."""
        return self.recipe.batch_size * self.context_length


@dataclass(frozen=True)
class Measured:
    """What one side took."""

    seconds: float  # its fastest step
    num_parameters: int  # of its model
    flops: float  # floating point operations of a step
    memory: int  # peak memory in bytes


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
    timed = named_recipe(
        study,
        recipe,
        batch_size=batch_size,
        micro_batch_size=micro_batch_size,
        precision=precision,
    )
    sizes = named_architecture(study, architecture)
    setting = Setting(sizes, study.context_length, timed)
    accelerator = Accelerator(mixed_precision=MIXED_PRECISION[timed.precision])
    if accelerator.num_processes > 1:
        step, model = _stage_step(setting, accelerator)
        seconds = [_seconds(step) for _ in range(steps + 1)]
        measured = {"training stage": _measured(min(seconds[1:]), model, setting)}
    else:
        measured = _in_turn(setting, steps)
    if accelerator.is_main_process:
        _print_result(setting, accelerator, measured)


def _in_turn(setting: Setting, steps: int) -> dict[str, Measured]:
    """Both sides' measurements; each takes a step while the other waits."""
    context = get_context("spawn")
    sides = {}
    for name in ("plain loop", "training stage"):
        mine, its = context.Pipe()
        process = context.Process(target=_serve, args=(its, setting, name), daemon=True)
        process.start()
        sides[name] = mine
    for _ in range(steps + 1):
        for name, side in sides.items():
            try:
                side.send("step")
                side.recv()
            except (EOFError, BrokenPipeError):
                raise InputError(
                    f"{name}: its process ended, for lack of memory probably: expected a"
                    " --micro-batch-size and --batch-size that fit"
                ) from None
    found = {}
    for name, side in sides.items():
        side.send("end")
        found[name] = side.recv()
    return found


def _serve(side: Connection, setting: Setting, name: str) -> None:
    """A side's process: takes a step when asked; at the end says what it took."""
    accelerator = Accelerator(mixed_precision=MIXED_PRECISION[setting.recipe.precision])
    make = _stage_step if name == "training stage" else _plain_step
    step, model = make(setting, accelerator)
    seconds = []
    while side.recv() == "step":
        seconds.append(_seconds(step))
        side.send("done")
    side.send(_measured(min(seconds[1:]), model, setting))


def _measured(seconds: float, model: PreTrainedModel, setting: Setting) -> Measured:
    length = setting.context_length
    flops = training_flops(model, num_tokens=setting.tokens_per_step, sequence_length=length)
    return Measured(seconds, model.num_parameters(), flops, _peak_memory())


def _seconds(step: Step) -> float:
    started = time.perf_counter()
    step()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started


def _stage_step(setting: Setting, accelerator: Accelerator) -> tuple[Step, PreTrainedModel]:
    """A step of the training stage, and its model."""
    model = random_model(setting.architecture, context_length=setting.context_length)
    data = random_tokens(model, num_sequences=setting.recipe.batch_size)
    with tempfile.TemporaryDirectory() as folder:
        training = TrainingRun(
            model,
            data,
            recipe=setting.recipe,
            accelerator=accelerator,
            checkpoints=Checkpoints(Path(folder)),
        )

    def step() -> None:
        steps = OptimizerSteps(
            training.prepared,
            training.prepared_optimizer,
            data.train.sequences,
            recipe=setting.recipe,
            accelerator=accelerator,
            history=History(),
        )
        list(islice(steps.epoch(), 1))

    return step, training.model


def _plain_step(setting: Setting, accelerator: Accelerator) -> tuple[Step, PreTrainedModel]:
    """A step of transformers' model and PyTorch's AdamW, and the model."""
    recipe = setting.recipe
    model = random_model(setting.architecture, context_length=setting.context_length)
    drawn = random_tokens(model, num_sequences=recipe.batch_size).train.sequences
    ids = torch.from_numpy(drawn.astype(np.int64)).to(accelerator.device)
    model = model.to(accelerator.device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.peak_learning_rate)

    def step() -> None:
        for batch in torch.split(ids, recipe.micro_batch_size):
            with accelerator.autocast():
                loss: Tensor = model(input_ids=batch, labels=batch).loss
            accelerator.backward(loss * (len(batch) / len(ids)))
        optimizer.step()
        optimizer.zero_grad()

    return step, model


def _peak_memory() -> int:
    """Bytes: of the GPU if there is one, else of this process."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _peak_flops(setting: Setting, accelerator: Accelerator) -> tuple[float, str]:
    """The device's FLOP/s, and where the number comes from."""
    if torch.cuda.is_available() and setting.recipe.precision == "bfloat16":
        for name, flops in PEAKS.items():
            if name in torch.cuda.get_device_name():
                return flops, "data sheet"
    size = 4096
    dtype = torch.float32 if setting.recipe.precision == "float32" else torch.bfloat16
    matrix = torch.randn(size, size, device=accelerator.device, dtype=dtype)
    seconds = min(_seconds(lambda: matrix @ matrix) for _ in range(5))  # type: ignore[arg-type]
    return 2 * size**3 / seconds, f"a product of matrices of {size} x {size}"


def _print_result(
    setting: Setting, accelerator: Accelerator, measured: dict[str, Measured]
) -> None:
    peak, source = _peak_flops(setting, accelerator)
    one = next(iter(measured.values()))
    print(f"{accelerator.num_processes} x {device()}")
    print(
        f"{one.num_parameters:,} parameters, {setting.recipe.precision},"
        f" {setting.recipe.batch_size} sequences of {setting.context_length} tokens per step,"
        f" micro-batches of {setting.recipe.micro_batch_size}"
    )
    print(
        f"FLOP: 6N + 12LdT a token, {one.flops / 1e12:.2f} T a step;"
        f" utilisation of {peak * accelerator.num_processes / 1e12:.2f} TFLOP/s ({source})\n"
    )
    print_head("", "s a step", "tokens/s", "utilisation", "peak memory, GiB", "without state, GiB")
    for side, found in measured.items():
        used = found.flops / found.seconds / peak / accelerator.num_processes
        working = (found.memory - STATE_BYTES * found.num_parameters) / 2**30
        rate = f"{setting.tokens_per_step / found.seconds:,.0f}"
        memory = f"{found.memory / 2**30:.2f}"
        print_row(side, f"{found.seconds:.2f}", rate, f"{used:.0%}", memory, f"{working:.2f}")
    if len(measured) > 1:
        plain, stage = measured["plain loop"], measured["training stage"]
        print(f"\ntokens/s, ratio: {plain.seconds / stage.seconds:.2f}")


if __name__ == "__main__":
    run(throughput)
