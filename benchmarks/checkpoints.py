"""The cost of checkpoints during training, and the time between them.

    python -m benchmarks.checkpoints --folder .state

Runs the training stage's own optimizer steps on random tokens, alternately without and with
checkpoints. The folder should be on the disk that training uses. Wall time is meaningful on an idle
machine; CPU seconds also on a busy one.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from accelerate import Accelerator

from components.formats.model import read_model
from components.formats.tokens import PackedSplit, PackedTokens
from components.initialization.stage import initialization
from components.runtime.command_line import run
from components.training.background import BackgroundCheckpoints
from components.training.checkpoint import Checkpoints
from components.training.loop import TrainingRun
from components.training.recipe import Precision, Recipe
from components.training.snapshot import Snapshot
from components.training.stage import MIXED_PRECISION
from components.training.steps import OptimizerSteps

ROWS = 100_000  # more than any benchmark trains on


class Window(NamedTuple):
    """Consecutive optimizer steps."""

    steps: int
    seconds: float
    cpu_seconds: float


class TimedCheckpoints(Checkpoints):
    """Checkpoints that record their times.

    Attributes:
        copied: When each was copied, in seconds of a monotonic clock.
        written: When each was written, likewise.
        cpu_seconds: CPU seconds for writing each.
        turns: Indices of the checkpoints of each turn with checkpoints.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.turns: list[range] = []
        self.copied: list[float] = []
        self.written: list[float] = []
        self.cpu_seconds: list[float] = []

    def write(self, snapshot: Snapshot) -> Path:
        """Writes a checkpoint and records its times."""
        cpu_started = time.thread_time()
        self.copied.append(time.monotonic())
        place = super().write(snapshot)
        self.written.append(time.monotonic())
        self.cpu_seconds.append(time.thread_time() - cpu_started)
        return place


def checkpoints(
    *,
    folder: Path | None = None,
    num_layers: int = 12,
    num_heads: int = 12,
    hidden_size: int = 768,
    vocabulary_size: int = 50257,
    context_length: int = 128,
    batch_size: int = 2,
    micro_batch_size: int = 2,
    precision: Precision = "float32",
    checkpoint_seconds: float = 20.0,
    seconds: float = 120.0,
    pairs: int = 3,
) -> None:
    """Measures the cost of checkpoints during training, and the time between them.

    Args:
        folder: Folder for checkpoints; by default a temporary one.
        num_layers: Layers of the GPT-2; the defaults are the 124M model.
        num_heads: Attention heads per layer.
        hidden_size: Hidden size.
        vocabulary_size: Vocabulary size.
        context_length: Sequence length in tokens.
        batch_size: Batch size in sequences.
        micro_batch_size: Micro-batch size in sequences.
        precision: Precision of the forward and backward passes.
        checkpoint_seconds: Least seconds between checkpoints.
        seconds: Seconds of a turn.
        pairs: Number of turns of either kind.
    """
    recipe = Recipe(
        epochs=1,
        optimizer="adamw",
        batch_size=batch_size,
        micro_batch_size=micro_batch_size,
        peak_learning_rate=2e-5,
        warmup_ratio=0.03,
        schedule="cosine",
        weight_decay=0.001,
        decayed="matrices",
        adam_beta2=0.999,
        adam_epsilon=1e-8,
        attention="sequence",
        precision=precision,
        keep="last",
        seed=0,
    )
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        initialization(
            weights=Path(temporary) / "weights",
            num_layers=num_layers,
            num_heads=num_heads,
            hidden_size=hidden_size,
            context_length=context_length,
            vocabulary_size=vocabulary_size,
            dropout=0.1,
            initializer_range=0.02,
            seed=0,
        )
        kept = TimedCheckpoints(Path(temporary) / "state")
        training = _training(Path(temporary) / "weights", recipe, kept)
        _measure(training, kept, checkpoint_seconds=checkpoint_seconds, turn=seconds, pairs=pairs)


def _training(weights: Path, recipe: Recipe, kept: Checkpoints) -> TrainingRun:
    """A run of the training stage, on random tokens."""
    model = read_model(weights)
    shape = (ROWS, model.config.n_positions)
    drawn = np.random.default_rng(0).integers(model.config.vocab_size, size=shape, dtype=np.uint16)
    split = PackedSplit(drawn, predicted_bytes=drawn.size)
    accelerator = Accelerator(mixed_precision=MIXED_PRECISION[recipe.precision])
    data = PackedTokens(split, split)
    return TrainingRun(model, data, recipe=recipe, accelerator=accelerator, checkpoints=kept)


def _measure(
    training: TrainingRun,
    kept: TimedCheckpoints,
    *,
    checkpoint_seconds: float,
    turn: float,
    pairs: int,
) -> None:
    history = training.history
    steps = OptimizerSteps(
        training.prepared,
        training.prepared_optimizer,
        training.data.train.sequences,
        recipe=training.recipe,
        accelerator=training.accelerator,
        history=history,
    ).epoch()
    next(steps)  # does what is only done once
    held: list[float] = []
    windows = []
    for _ in range(pairs):
        without = _window(steps, turn, lambda: None)
        background = BackgroundCheckpoints(
            kept, model=training.model, optimizer=training.optimizer, seconds=checkpoint_seconds
        )

        def keep(background: BackgroundCheckpoints = background) -> None:
            started = time.monotonic()
            background.after_step(
                history.step,
                lambda: {"history": history.as_json()},
                sound_steps=history.watch.sound_steps,
            )
            held.append(time.monotonic() - started)

        background.write_now(history.step, dict)  # allocates the buffers
        first = len(kept.copied)
        windows.append((without, _window(steps, turn, keep)))
        background.write_now(history.step, dict)  # waits for the one before; counts in no turn
        kept.turns.append(range(first, len(kept.copied) - 1))
    _print_machine(training, sum(f.stat().st_size for f in kept.folder.rglob("*.safetensors")))
    _print_checkpoints(kept, held)
    _print_overhead(windows)


def _window(steps: Iterator[float], turn: float, keep: Callable[[], None]) -> Window:
    """Runs optimizer steps for some seconds, each followed by a call."""
    started, cpu_started, count = time.monotonic(), time.process_time(), 0
    while time.monotonic() - started < turn:
        next(steps)
        keep()
        count += 1
    return Window(count, time.monotonic() - started, time.process_time() - cpu_started)


def _print_machine(training: TrainingRun, size: int) -> None:
    device, parameters = training.accelerator.device.type, training.model.num_parameters()
    load, _, _ = os.getloadavg()
    print(
        f"{parameters:,} parameters on {device}, {torch.get_num_threads()} threads,"
        f" PyTorch {torch.__version__}, load {load:.1f}; state {size / 1e9:.2f} GB"
    )


def _print_checkpoints(kept: TimedCheckpoints, held: list[float]) -> None:
    print("| turn | training held up, s | written in, s | of a processor, s | oldest copy, s |")
    print("|---|--:|--:|--:|--:|")
    begun = iter(each for each in held if each > 0.001)  # the others began no checkpoint
    for turn, numbers in enumerate(kept.turns, start=1):
        for number in numbers:
            writing = kept.written[number] - kept.copied[number]
            oldest = kept.written[number] - kept.copied[number - 1]
            print(
                f"| {turn} | {next(begun):.2f} | {writing:.2f} | {kept.cpu_seconds[number]:.2f}"
                f" | {oldest:.1f} |"
            )


def _print_overhead(windows: list[tuple[Window, Window]]) -> None:
    print("| | steps/s without | with | ratio | CPU s a step without | with | ratio |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    ratios = []
    for number, pair in enumerate(windows, start=1):
        rates = [each.steps / each.seconds for each in pair]
        costs = [each.cpu_seconds / each.steps for each in pair]
        ratios.append(rates[1] / rates[0])
        print(
            f"| {number} | {rates[0]:.3f} | {rates[1]:.3f} | {rates[1] / rates[0]:.3f}"
            f" | {costs[0]:.2f} | {costs[1]:.2f} | {costs[1] / costs[0]:.3f} |"
        )
    print(f"median ratio of steps per second: {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    run(checkpoints)
