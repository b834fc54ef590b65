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

from components.formats.model import read_model
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

# Dense bfloat16, FLOP/s, of NVIDIA's data sheets; what is not here is measured.
PEAKS = {"H100": 989e12, "H200": 989e12, "A100": 312e12}
STATE_BYTES = 4 * 4  # of a parameter: weight, gradient and AdamW's two moments in float32


@dataclass(frozen=True)
class Setting:
    """What is trained, and how."""

    architecture: Architecture
    context_length: int
    recipe: Recipe

    @property
    def tokens_per_step(self) -> int:
        """Tokens of one optimizer step."""
        return self.recipe.batch_size * self.context_length

    def flops(self, num_parameters: int) -> float:
        """Floating-point operations of a step: 6N + 12LdT a token (Chowdhery et al. 2022)."""
        sizes = self.architecture
        attention = 12 * sizes.num_layers * sizes.hidden_size * self.context_length
        return (6 * num_parameters + attention) * self.tokens_per_step


@dataclass(frozen=True)
class Measured:
    """What one side took: its fastest step, its model's size and its peak memory in bytes."""

    seconds: float
    num_parameters: int
    memory: int


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
    setting = Setting(study.architectures[architecture], study.context_length, timed)
    accelerator = Accelerator(mixed_precision=MIXED_PRECISION[timed.precision])
    if accelerator.num_processes > 1:
        step, num_parameters = _stage_step(setting, accelerator)
        seconds = [_seconds(step) for _ in range(steps + 1)]
        measured = {"training stage": Measured(min(seconds[1:]), num_parameters, _peak_memory())}
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
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(steps + 1):
        for name, side in sides.items():
            try:
                side.send("step")
                seconds[name].append(side.recv())
            except (EOFError, BrokenPipeError):
                raise InputError(
                    f"{name}: its process ended, for lack of memory probably: expected a"
                    " --micro-batch-size and --batch-size that fit"
                ) from None
    found = {}
    for name, side in sides.items():
        side.send("end")
        num_parameters, memory = side.recv()
        found[name] = Measured(min(seconds[name][1:]), num_parameters, memory)
    return found


def _serve(side: Connection, setting: Setting, name: str) -> None:
    """A side's process: takes a step when asked, says how long it took, at the end its memory."""
    accelerator = Accelerator(mixed_precision=MIXED_PRECISION[setting.recipe.precision])
    make = _stage_step if name == "training stage" else _plain_step
    step, num_parameters = make(setting, accelerator)
    while side.recv() == "step":
        side.send(_seconds(step))
    side.send((num_parameters, _peak_memory()))


def _seconds(step: Callable[[], None]) -> float:
    started = time.perf_counter()
    step()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - started


def _stage_step(setting: Setting, accelerator: Accelerator) -> tuple[Callable[[], None], int]:
    """A step of the training stage, and the number of parameters."""
    split = PackedSplit(_random_tokens(setting), predicted_bytes=1)
    with tempfile.TemporaryDirectory() as folder:
        training = TrainingRun(
            read_model(_weights(Path(folder), setting)),
            PackedTokens(split, split),
            recipe=setting.recipe,
            accelerator=accelerator,
            checkpoints=Checkpoints(Path(folder) / "none"),
        )

    def step() -> None:
        steps = OptimizerSteps(
            training.prepared,
            training.prepared_optimizer,
            split.sequences,
            recipe=setting.recipe,
            accelerator=accelerator,
            history=History(),
        )
        list(islice(steps.epoch(), 1))

    return step, training.model.num_parameters()


def _plain_step(setting: Setting, accelerator: Accelerator) -> tuple[Callable[[], None], int]:
    """A step of transformers' model and PyTorch's AdamW, and the number of parameters."""
    recipe = setting.recipe
    with tempfile.TemporaryDirectory() as folder:
        model = read_model(_weights(Path(folder), setting)).to(accelerator.device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=recipe.peak_learning_rate)
    ids = torch.from_numpy(_random_tokens(setting).astype(np.int64)).to(accelerator.device)

    def step() -> None:
        for batch in torch.split(ids, recipe.micro_batch_size):
            with accelerator.autocast():
                loss: Tensor = model(input_ids=batch, labels=batch).loss
            accelerator.backward(loss * (len(batch) / len(ids)))
        optimizer.step()
        optimizer.zero_grad()

    return step, model.num_parameters()


def _weights(folder: Path, setting: Setting) -> Path:
    """Random weights of the architecture, in a folder."""
    weights = folder / "weights"
    sizes = setting.architecture.model_dump()
    initialization(weights=weights, context_length=setting.context_length, seed=0, **sizes)
    return weights


def _random_tokens(setting: Setting) -> np.ndarray:
    shape = setting.recipe.batch_size, setting.context_length
    vocabulary_size = setting.architecture.vocabulary_size
    return np.random.default_rng(0).integers(vocabulary_size, size=shape, dtype=np.uint32)


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
    if torch.cuda.is_available():
        name = torch.cuda.get_device_name()
    else:
        capability = torch.backends.cpu.get_cpu_capability()
        name = f"CPU ({capability}), {torch.get_num_threads()} threads"
    peak, source = _peak_flops(setting, accelerator)
    num_parameters = next(iter(measured.values())).num_parameters
    print(f"{accelerator.num_processes} x {name}, PyTorch {torch.__version__}")
    print(
        f"{num_parameters:,} parameters, {setting.recipe.precision}, {setting.recipe.batch_size}"
        f" sequences of {setting.context_length} tokens per step, micro-batches of"
        f" {setting.recipe.micro_batch_size}, dropout {setting.architecture.dropout}"
    )
    print(
        f"FLOP: 6N + 12LdT a token, {setting.flops(num_parameters) / 1e12:.2f} T a step;"
        f" utilisation of {peak * accelerator.num_processes / 1e12:.2f} TFLOP/s ({source})\n"
    )
    print("| | s a step | tokens/s | utilisation | peak memory, GiB | without state, GiB |")
    print("|---|--:|--:|--:|--:|--:|")
    for side, found in measured.items():
        used = setting.flops(num_parameters) / found.seconds / peak / accelerator.num_processes
        working = (found.memory - STATE_BYTES * num_parameters) / 2**30
        print(
            f"| {side} | {found.seconds:.2f} | {setting.tokens_per_step / found.seconds:,.0f}"
            f" | {used:.0%} | {found.memory / 2**30:.2f} | {working:.2f} |"
        )
    if len(measured) > 1:
        plain, stage = measured["plain loop"], measured["training stage"]
        print(f"\ntokens/s, ratio: {plain.seconds / stage.seconds:.2f}")


if __name__ == "__main__":
    run(throughput)
