"""Kills trainings at random moments; each has to end with an uninterrupted one's weights.

    python -m benchmarks.training_kills

A small GPT-2 with dropout is trained on the CPU: in one process; in one whose state is mirrored to
an S3 server on this machine, and whose disk is lost with it; and in two processes that share each
batch, of which one is killed or both. Kills are SIGKILL, some at random moments and some while a
checkpoint is written or mirrored; what was killed is started again until it is done. Prints a
Markdown table; exits with 1 if a training failed or ended with other weights.
"""

import json
import multiprocessing
import os
import random
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from benchmarks.lost_work import VOCABULARY_SIZE, write_tokens
from benchmarks.measuring import machine, print_head, print_row, say
from benchmarks.models import named_recipe
from benchmarks.projects import BUCKET, PACKAGES, server
from components.initialization.stage import initialization
from components.runtime.command_line import run
from components.training.recipe import Recipe
from pipelines.dvc.remote import read_address
from pipelines.pod.state import StateMirror
from pipelines.store.bucket import Bucket
from pipelines.store.connection import connect
from pipelines.study.params import read_params

FORK = multiprocessing.get_context("forkserver")
PRELOADED = [
    "benchmarks.lost_work",
    "components.training.loop",
    "components.training.record",
    "pipelines.pod.state",
    "transformers.models.gpt2.modeling_gpt2",
]
CONTEXT_LENGTH = 32
KILLS_PER_TRAINING = 10  # the next one is not killed
SURVIVED_SECONDS = 20.0  # by a process, after the one that it trains with
MOST_SECONDS = 300.0  # of a training, on a busy machine
KINDS = ("one process", "one process, mirrored, disk lost", "two processes")
# What was going on when a training was killed, by the files that exist.
PHASES = ("starting", "training", "writing a checkpoint", "mirroring a checkpoint")


def training_kills(*, kills: int = 150, targeted: float = 0.3, seed: int = 1) -> None:
    """Prints how many trainings were killed in which phase, and whether all ended the same.

    Args:
        kills: Number of kills; two fifths of them in one process, two fifths in two, a fifth
            with a mirrored state.
        targeted: Share of the kills that wait until a checkpoint is written or mirrored.
        seed: Random seed of the moments.

    Raises:
        SystemExit: A training failed or ended with other weights; with 1.
    """
    os.environ["OMP_NUM_THREADS"] = "1"
    draw = random.Random(seed)
    counts: Counter[tuple[str, str]] = Counter()
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as name, server(Path(name) / "served"):
        folder = Path(name)
        FORK.set_forkserver_preload(PRELOADED)
        _write_inputs(folder / "inputs")
        first = FORK.Process()  # it waits for the imports, and does nothing
        first.start()
        first.join()
        print(f"{machine(*PACKAGES)}\n", flush=True)
        for kind, share in zip(KINDS, (0.4, 0.2, 0.4), strict=True):
            whole = Training(folder, f"{kind}, whole", kind=kind)
            begun = time.monotonic()
            whole.run()
            usual = time.monotonic() - begun
            missing = round(kills * share)
            while missing > 0:
                place = f"{kind}, {counts[kind, 'trainings']}"
                killed = KilledTraining(Training(folder, place, kind=kind), usual, draw, targeted)
                done = killed.run(min(missing, KILLS_PER_TRAINING))
                missing -= done.total()
                counts.update({(kind, phase): count for phase, count in done.items()})
                counts[kind, "trainings"] += 1
                broken += killed.differences(whole)
        _print(counts)
    for line in broken:
        say(line)
    if broken:
        sys.exit(1)
    print("\nAll ended with the weights of an uninterrupted training, bit for bit.")


@dataclass
class Training:
    """A training that can be started again.

    Args:
        folder: Folder of the inputs, and of all trainings.
        name: Its folder in there.
        kind: One of `KINDS`.
    """

    folder: Path
    name: str
    kind: str
    processes: list[ForkServerProcess] = field(default_factory=list)

    @property
    def workspace(self) -> Path:
        """The disk that may be lost."""
        return self.folder / self.name / "workspace"

    @property
    def model(self) -> Path:
        """The result."""
        return self.folder / self.name / "model"

    @property
    def log(self) -> str:
        """What it has printed."""
        return (self.folder / self.name / "log").read_text(encoding="utf-8")

    def start(self) -> None:
        """Starts its processes."""
        self.workspace.mkdir(parents=True, exist_ok=True)
        inputs = self.folder / "inputs"
        arguments = asdict(_recipe()) | {
            "tokens": inputs / "tokens",
            "weights": inputs / "weights",
            "model": self.model,
            "state": self.workspace / ".state",
            "checkpoint_steps": 1,
        }
        mirror = self.name if "mirrored" in self.kind else None
        ranks = _ranks(2 if self.kind == "two processes" else 1)
        self.processes = [
            FORK.Process(target=_train, args=(arguments, self.model.with_name("log"), rank, mirror))
            for rank in ranks
        ]
        for process in self.processes:
            process.start()

    def run(self) -> None:
        """Runs it to its end.

        Raises:
            RuntimeError: It failed.
        """
        self.start()
        if any(codes := self.wait()):
            raise RuntimeError(f"{self.name}: exit codes {codes}: {self.log[-2000:]}")

    def wait(self) -> list[int | None]:
        """Exit codes of its processes, once they have ended."""
        for process in self.processes:
            process.join(MOST_SECONDS)
        return [process.exitcode for process in self.processes]

    def phase(self) -> str:
        """What is going on, one of `PHASES`."""
        state = self.workspace / ".state"
        if (self.workspace / ".dvc" / "state").exists():
            return PHASES[3]
        if any(state.glob("*/*.partial.partial")) or any(state.glob("*/best-*.partial")):
            return PHASES[2]
        return PHASES[1] if any(state.glob("*/step-*")) else PHASES[0]


@dataclass
class KilledTraining:
    """A training that is killed and started again.

    Args:
        training: The training.
        usual: Seconds of an uninterrupted one.
        draw: Chooses the moments.
        targeted: Share of kills while a checkpoint is written or mirrored.
    """

    training: Training
    usual: float
    draw: random.Random
    targeted: float
    broken: list[str] = field(default_factory=list)

    def run(self, most: int) -> Counter[str]:
        """Kills it at most so many times, then lets it end; returns the kills by phase."""
        counts: Counter[str] = Counter()
        while counts.total() < most and not self.training.model.exists():
            self.training.start()
            has_ended = self._reach_moment()
            if not has_ended:
                counts[self._kill()] += 1
            self._check_codes()
        if not self.training.model.exists():
            self.training.run()
        return counts

    def differences(self, whole: Training) -> list[str]:
        """What is not as in an uninterrupted training, one line each."""
        one, other = (each.model for each in (self.training, whole))
        names = ("model.safetensors", "config.json")
        for name in names:
            if (one / name).read_bytes() != (other / name).read_bytes():
                self.broken.append(f"{self.training.name}: {name} differs")
        if _history(one) != _history(other):
            self.broken.append(f"{self.training.name}: history.jsonl differs")
        return self.broken

    def _reach_moment(self) -> bool:
        """Waits for the moment of a kill; returns whether the training ended before."""
        target = PHASES[3 if "mirrored" in self.training.kind else 2]
        if self.draw.random() < self.targeted:
            seconds, is_reached = MOST_SECONDS, lambda: self.training.phase() == target
            time.sleep(self.draw.uniform(0, self.usual / 4))
        else:
            seconds, is_reached = self.draw.uniform(0, self.usual / 2), lambda: False
        return not _wait(seconds, self.training.processes, until=is_reached)

    def _kill(self) -> str:
        """Kills one of its processes or all; returns the phase."""
        processes = self.training.processes
        chosen = processes if self.draw.random() < 0.5 else [self.draw.choice(processes)]
        for process in chosen:
            process.kill()
        for process in chosen:
            process.join()
        phase = self.training.phase()
        for process in processes:  # a survivor that still waits for the other one to begin
            process.join(SURVIVED_SECONDS)
            process.kill()  # PyTorch's launcher would end it at once
        self.training.wait()
        say(f"{self.training.name}: {len(chosen)} of {len(processes)} killed while {phase}")
        if "mirrored" in self.training.kind:
            shutil.rmtree(self.training.workspace)
        return phase

    def _check_codes(self) -> None:
        allowed = {0, os.EX_TEMPFAIL, -signal.SIGKILL}  # the second: the other one was killed
        codes = self.training.wait()
        if not set(codes) <= allowed or "Traceback" in self.training.log:
            self.broken.append(f"{self.training.name}: {codes}: {self.training.log[-1000:]}")


def _wait(seconds: float, processes: list[ForkServerProcess], *, until: Callable[[], bool]) -> bool:
    """Waits for seconds or a condition; returns whether the processes still run then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not until():
        if not all(process.is_alive() for process in processes):
            return False
        time.sleep(0.001)
    return all(process.is_alive() for process in processes)


def _ranks(count: int) -> list[dict[str, str]]:
    """The environment of each of the processes that train together."""
    if count == 1:
        return [{}]
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    shared = {
        "TORCHELASTIC_RUN_ID": "kills",
        "MASTER_ADDR": "localhost",
        "MASTER_PORT": str(port),
        "WORLD_SIZE": str(count),
    }
    return [shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(count)]


def _train(
    arguments: dict[str, Any], log: Path, rank: Mapping[str, str], mirror: str | None
) -> None:
    """The training stage in a forked process, beside a mirror of its state if one is named."""
    for stream in (1, 2):
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream)
    sys.stdout, sys.stderr = (os.fdopen(stream, "w", buffering=1) for stream in (1, 2))
    os.environ.update(rank)
    from components.training.stage import training

    context: Any = nullcontext()
    if mirror is not None:
        bucket = Bucket(read_address(f"s3://{BUCKET}/kills"), connect())
        workspace = arguments["state"].parent
        context = StateMirror(bucket, workspace=workspace, stage="training", key=mirror)
        context.restore()
    with context:
        training(**arguments)


def _recipe() -> Recipe:
    study = read_params(Path("params.paper.yaml"))
    return named_recipe(
        study, "modern", epochs=2, batch_size=8, micro_batch_size=4, precision="float32", seed=1
    )


def _write_inputs(folder: Path) -> None:
    folder.mkdir()
    write_tokens(folder, CONTEXT_LENGTH, train=12, held_out=1)
    initialization(
        weights=folder / "weights",
        num_layers=2,
        num_heads=2,
        hidden_size=64,
        context_length=CONTEXT_LENGTH,
        vocabulary_size=VOCABULARY_SIZE,
        dropout=0.1,
        initializer_range=0.02,
        seed=0,
    )


def _history(model_dir: Path) -> list[dict[str, Any]]:
    lines = (model_dir / "history.jsonl").read_text(encoding="utf-8").splitlines()
    measured = dict.fromkeys(("seconds", "gpu_utilization", "gpu_memory_gib"))
    return [json.loads(line) | measured for line in lines]


def _print(counts: Counter[tuple[str, str]]) -> None:
    print_head("killed while", *KINDS, "all")
    for row in (*PHASES, "trainings"):
        found = [counts[kind, row] for kind in KINDS]
        print_row(row, *found, sum(found))
    kills = sum(counts[kind, phase] for kind in KINDS for phase in PHASES)
    print(f"\n{kills} kills.")


if __name__ == "__main__":
    run(training_kills)
