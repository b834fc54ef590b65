"""The cost of checkpoints during training, and the time between them.

    python -m benchmarks.checkpoints --folder .state

Runs the training stage's own optimizer steps on random tokens, alternately without and with
checkpoints. The folder should be on the disk that training uses. Wall time is meaningful on an idle
machine; CPU seconds also on a busy one.
"""

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from accelerate import Accelerator

from benchmarks.measuring import print_head, print_row
from benchmarks.models import (
    device,
    named_architecture,
    named_recipe,
    random_model,
    random_tokens,
)
from components.runtime.command_line import run
from components.training.background import BackgroundCheckpoints
from components.training.checkpoint import Checkpoints, Snapshot
from components.training.loop import TrainingRun
from components.training.recipe import Precision
from components.training.stage import MIXED_PRECISION
from components.training.steps import OptimizerSteps
from pipelines.study.params import read_params

NUM_SEQUENCES = 100_000  # more than any benchmark trains on


class Window(NamedTuple):
    """Consecutive optimizer steps."""

    steps: int
    seconds: float
    cpu_seconds: float


class Times(NamedTuple):
    """A checkpoint: when it was copied and written, by a monotonic clock, and CPU seconds."""

    copied: float
    written: float
    cpu_seconds: float


class TimedCheckpoints(Checkpoints):
    """Checkpoints that record their times.

    Attributes:
        times: Of each checkpoint.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.times: list[Times] = []

    def write(self, snapshot: Snapshot) -> Path:
        """Writes a checkpoint and records its times."""
        copied, cpu_started = time.monotonic(), time.thread_time()
        place = super().write(snapshot)
        self.times.append(Times(copied, time.monotonic(), time.thread_time() - cpu_started))
        return place


def checkpoints(
    *,
    folder: Path | None = None,
    params: Path = Path("params.paper.yaml"),
    architecture: str = "gpt2",
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
        params: File with the study's parameters.
        architecture: Name of one of its architectures.
        context_length: Sequence length in tokens.
        batch_size: Batch size in sequences.
        micro_batch_size: Micro-batch size in sequences.
        precision: Precision of the forward and backward passes.
        checkpoint_seconds: Least seconds between checkpoints.
        seconds: Seconds of a turn.
        pairs: Number of turns of either kind.
    """
    study = read_params(params)
    recipe = named_recipe(
        study,
        "paper",
        batch_size=batch_size,
        micro_batch_size=micro_batch_size,
        precision=precision,
    )
    model = random_model(named_architecture(study, architecture), context_length=context_length)
    with tempfile.TemporaryDirectory(dir=folder) as temporary:
        kept = TimedCheckpoints(Path(temporary))
        training = TrainingRun(
            model,
            random_tokens(model, num_sequences=NUM_SEQUENCES),
            recipe=recipe,
            accelerator=Accelerator(mixed_precision=MIXED_PRECISION[precision]),
            checkpoints=kept,
        )
        _measure(training, kept, checkpoint_seconds=checkpoint_seconds, turn=seconds, pairs=pairs)


def _measure(
    training: TrainingRun,
    kept: TimedCheckpoints,
    *,
    checkpoint_seconds: float,
    turn: float,
    pairs: int,
) -> None:
    history, windows = training.history, []
    steps = OptimizerSteps(
        training.prepared,
        training.prepared_optimizer,
        training.data.train.sequences,
        recipe=training.recipe,
        accelerator=training.accelerator,
        history=history,
    ).epoch()
    next(steps)  # does what is only done once
    print(f"{device()}, {training.model.num_parameters():,} parameters\n")
    print_head(
        "turn", "training held up, s", "written in, s", "of a processor, s", "oldest copy, s"
    )
    for number in range(1, pairs + 1):
        without = _window(steps, turn, lambda: None)
        held: list[tuple[float, float]] = []  # start and seconds of each call
        background = BackgroundCheckpoints(
            kept, model=training.model, optimizer=training.optimizer, seconds=checkpoint_seconds
        )

        def keep(
            background: BackgroundCheckpoints = background, held: list[tuple[float, float]] = held
        ) -> None:
            started = time.monotonic()
            background.after_step(
                history.step,
                lambda: {"history": history.as_json()},
                sound_steps=history.watch.sound_steps,
            )
            held.append((started, time.monotonic() - started))

        background.write_now(history.step, dict)  # allocates the buffers
        first = len(kept.times) - 1
        windows.append((without, _window(steps, turn, keep)))
        background.write_now(history.step, dict)  # waits for the one before; counts in no turn
        for before, each in itertools.pairwise(kept.times[first:-1]):
            _, copying = max(call for call in held if call[0] <= each.copied)
            writing, oldest = each.written - each.copied, each.written - before.copied
            times = f"{copying:.2f}", f"{writing:.2f}", f"{each.cpu_seconds:.2f}"
            print_row(number, *times, f"{oldest:.1f}")
    size = sum(file.stat().st_size for file in kept.folder.rglob("*.safetensors"))
    print(f"\nA checkpoint has {size / 1e9:.2f} GB.\n")
    _print_overhead(windows)


def _window(steps: Iterator[float], turn: float, keep: Callable[[], None]) -> Window:
    """Runs optimizer steps for some seconds, each followed by a call."""
    started, cpu_started, count = time.monotonic(), time.process_time(), 0
    while time.monotonic() - started < turn:
        next(steps)
        keep()
        count += 1
    return Window(count, time.monotonic() - started, time.process_time() - cpu_started)


def _print_overhead(windows: list[tuple[Window, Window]]) -> None:
    print_head("", "steps/s without", "with", "ratio", "CPU s a step without", "with", "ratio")
    ratios = []
    for number, pair in enumerate(windows, start=1):
        rates = [each.steps / each.seconds for each in pair]
        costs = [each.cpu_seconds / each.steps for each in pair]
        ratios.append(rates[1] / rates[0])
        cells = [*rates, ratios[-1], *costs, costs[1] / costs[0]]
        print_row(number, *(f"{cell:.3f}" for cell in cells))
    print(f"median ratio of steps per second: {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    run(checkpoints)
