"""How much training time is lost when pods are killed at random moments.

    python -m benchmarks.lost_work

Trains a GPT-2 in pods (`python -m pipelines.pod stage`) whose store is an S3 server on this
machine. Each pod is killed with SIGKILL at a random moment, with its children and its disk; the
next one resumes from the state in the store. The time lost is that since the state that the store
holds; if a pod uploaded none, all the time that its stage ran.
"""

import random
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np

from benchmarks.measuring import machine, print_head, print_row, say
from benchmarks.models import named_recipe
from benchmarks.projects import (
    BUCKET,
    PACKAGES,
    ROOT,
    Process,
    call,
    make_project,
    pod_command,
    server,
)
from components.initialization.stage import initialization
from components.runtime.command_line import run
from components.tokenization.stage import tokenization
from components.tokenizer.stage import tokenizer
from pipelines.store.mirrored_state import POINTER
from pipelines.study.params import read_params

BOUND = 60.0  # seconds that a kill may cost
VOCABULARY_SIZE = 300
POLL_SECONDS = 0.05
START_SECONDS = 300.0
STARTED = "Running stage 'training'"
NAME = re.compile(r"step-[0-9-]+")  # of a checkpoint's folder
DEFINITION = """\
stages:
  training:
    cmd: python -m components.training --tokens data/tokens --weights data/weights
      --model artifacts/model {recipe}
    deps:
    - components
    - data/tokens
    - data/weights
    outs:
    - artifacts/model
"""


def lost_work(
    *,
    kills: int = 25,
    num_layers: int = 12,
    num_heads: int = 8,
    hidden_size: int = 928,
    context_length: int = 128,
    batch_size: int = 2,
    longest: float = 120.0,
    seed: int = 1,
) -> None:
    """Prints how many seconds of training each killed pod lost.

    Args:
        kills: Number of pods to kill.
        num_layers: Layers of the GPT-2; the defaults have 124 million parameters, like the smallest
            model of the published study.
        num_heads: Attention heads per layer.
        hidden_size: Hidden size.
        context_length: Sequence length in tokens.
        batch_size: Batch size in sequences.
        longest: Most seconds that a stage runs before its pod is killed.
        seed: Random seed of the moments.

    Raises:
        SystemExit: A pod lost more than 60 seconds; with 1.
    """
    draw, study = random.Random(seed), read_params(Path("params.paper.yaml"))
    batches = dict.fromkeys(("batch_size", "micro_batch_size"), batch_size)
    recipe = named_recipe(study, "paper", epochs=1_000_000, precision="float32", **batches)
    flags = (f"--{key.replace('_', '-')} {value}" for key, value in asdict(recipe).items())

    def write_data(folder: Path) -> None:
        write_tokens(folder, context_length)
        initialization(
            weights=folder / "weights",
            num_layers=num_layers,
            num_heads=num_heads,
            hidden_size=hidden_size,
            context_length=context_length,
            vocabulary_size=VOCABULARY_SIZE,
            dropout=0.1,
            initializer_range=0.02,
            seed=0,
        )

    with tempfile.TemporaryDirectory() as name, server(Path(name) / "served") as bucket:
        folder = Path(name)
        project = make_project(
            folder / "project",
            url=f"s3://{BUCKET}/study",
            write_data=write_data,
            definition=DEFINITION.format(recipe=" ".join(flags)),
        )
        shutil.copytree(ROOT / "components", project / "components", dirs_exist_ok=True)
        call(project, "dvc", "push", "--quiet", "data.dvc")
        print(f"{machine(*PACKAGES)}\n", flush=True)
        killed = KilledPods(folder, project, bucket / "study")
        lost = sorted(killed.kill(draw.uniform(0, longest)) for _ in range(kills))
        print_head("state in GB", "kills", "seconds lost: median", "90 %", "most")
        seconds = (f"{each:.0f}" for each in np.quantile(lost, (0.5, 0.9, 1)))
        print_row(f"{killed.state_size() / 1e9:.2f}", len(lost), *seconds)
    if lost[-1] > BOUND:
        sys.exit(1)


class KilledPods:
    """Pods of one stage, each killed, with its disk.

    Args:
        folder: Folder for their workspaces.
        project: The project in their image.
        served: Folder in which the server keeps their store.
    """

    def __init__(self, folder: Path, project: Path, served: Path) -> None:
        self._folder, self._project, self._served = folder, project, served
        self._begun: dict[str, float] = {}  # start of each checkpoint, by its name

    def kill(self, seconds: float) -> float:
        """Kills a pod some seconds after its stage began; returns the seconds of work lost."""
        workspace = self._folder / "workspace"
        command = pod_command(
            "training", code=self._project, url=f"s3://{BUCKET}/study", workspace=workspace
        )
        pod = Process(command, cwd=ROOT, log=self._folder / "log")
        with self._watched(workspace / ".state"):
            if pod.ends_within(START_SECONDS, unless=lambda: STARTED in pod.printed):
                raise RuntimeError(pod.printed)
            begin = time.monotonic()
            if pod.ends_within(seconds):
                raise RuntimeError(pod.printed)
            end = time.monotonic()
            pod.kill()
        kept = self._begun.get(self._newest(), 0.0)
        shutil.rmtree(workspace)
        self._remove_old_states()
        lost = end - max(begin, kept)
        say(f"killed after {end - begin:.0f} s: {lost:.1f} s lost")
        return lost

    def state_size(self) -> int:
        """Bytes of the newest state; 0 if no pod lived long enough to upload one."""
        pointers = self._served.glob("state/training/*.json")
        states = [POINTER.validate_json(pointer.read_bytes()) for pointer in pointers]
        return sum(file.size for state in states for file in state.files.values())

    def _remove_old_states(self) -> None:
        """Removes the states of earlier pods, as the bucket's lifecycle does."""
        pointers = self._served.glob("state/training/*.json")
        named = "".join(pointer.read_text(encoding="utf-8") for pointer in pointers)
        for pod in self._served.glob("state/training/*/*"):
            if pod.is_dir() and pod.name not in named:
                shutil.rmtree(pod)

    def _newest(self) -> str:
        """Name of the checkpoint to which the store's pointer points; empty without one."""
        pointers = list(self._served.glob("state/training/*.json"))
        found = NAME.search(pointers[0].read_text(encoding="utf-8")) if pointers else None
        return found[0] if found else ""

    @contextmanager
    def _watched(self, state: Path) -> Iterator[None]:
        """Records the starts of checkpoints while the block runs."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(POLL_SECONDS):
                for place in state.glob("*/step-*"):
                    self._begun.setdefault(place.name.removesuffix(".partial"), time.monotonic())

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def write_tokens(
    folder: Path, context_length: int, *, train: int = 2000, held_out: int = 20
) -> None:
    """Packed tokens of so many random documents."""
    draw = random.Random(0)
    words = ["".join(draw.choices("abcdefghij", k=6)) for _ in range(200)]
    corpus = folder.parent / "corpus"
    corpus.mkdir()
    for split, count in (("train", train), ("validation", held_out)):
        texts = (" ".join(draw.choices(words, k=100)) for _ in range(count))
        lines = "".join(f'{{"text": "{text}"}}\n' for text in texts)
        (corpus / f"{split}.jsonl").write_text(lines, encoding="utf-8")
    place = folder.parent / "tokenizer"
    tokenizer(source=corpus, tokenizer=place, vocabulary_size=VOCABULARY_SIZE)
    tokenization(
        corpus=corpus,
        tokenizer=place,
        tokens=folder / "tokens",
        context_length=context_length,
    )


if __name__ == "__main__":
    run(lost_work)
