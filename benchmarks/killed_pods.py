"""Runs a study in pods that are killed at random moments."""

import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.interrupted import STAGES
from benchmarks.invariants import Invariants, wrong_objects
from benchmarks.kill_results import CACHED, PHASES, KillResults
from benchmarks.processes import PATIENCE, Process
from benchmarks.projects import ROOT, Pods, call, clone, configure, differences
from benchmarks.store import say
from pipelines.dvc.lock_entries import Entry, lock_text
from pipelines.store.studies import read_entry

FOUND = "cached result found"  # printed by a pod that skips its stage
KEEP_DISK = 0.4  # share of kills after which the next pod gets the same workspace
LATEST = 1.1  # latest kill, as a multiple of the usual life of a pod
BRIEF = {"upload": 0.03, "record": 0.003}  # seconds; the phases are that short in small stages
WEIGHTS = (1, 1, 3, 6, 1, 3, 1, 1)  # of the phases: most kills in those that are long in practice


class Study:
    """A run whose pods are killed until it is complete.

    Args:
        folder: Folder for its pods.
        reference: The project, with the results of an uninterrupted run.
        url: URL of its store.
        served: Folder in which the server keeps the store.
        results: Where kills are counted.
        draw: Chooses the moments.
        usual: Seconds that an uninterrupted pod takes, by stage.
    """

    def __init__(
        self,
        folder: Path,
        reference: Path,
        *,
        url: str,
        served: Path,
        results: KillResults,
        draw: random.Random,
        usual: dict[str, float],
    ) -> None:
        self.folder, self.reference = folder, reference
        self.results, self.draw, self.usual = results, draw, usual
        folder.mkdir(parents=True, exist_ok=True)
        self.invariants = Invariants(served)
        configure(reference, url)
        call(reference, "dvc", "push", "--quiet", "data.dvc")
        self.pods = Pods(reference, url)

    def interrupt(self) -> None:
        """Runs all stages, each in pods of which some are killed."""
        for stage in STAGES:
            Interruption(self, stage).make()

    def compare(self) -> None:
        """Pulls with the merged lock and compares with the uninterrupted run."""
        made = {stage: self.entry(stage) for stage in STAGES}
        target = clone(self.reference, self.folder / "clone", lock=lock_text(made))
        call(target, "dvc", "pull", "--quiet")
        self.results.broken += differences(self.reference, target)
        if "Running" in (printed := call(target, "dvc", "repro")):
            self.results.broken.append(f"{self.folder.name}: dvc repro: {printed}")
        self.results.broken += self.invariants.broken()

    def entry(self, stage: str) -> Entry:
        """The lock entry of a stage, as the store has it."""
        return read_entry(self.pods.bucket, self.pods.run, stage)


class Interruption:
    """The pods of one stage: some are killed, the last one ends by itself.

    Args:
        study: The run.
        stage: Name of the stage.
    """

    def __init__(self, study: Study, stage: str) -> None:
        self.study, self.stage = study, stage
        self.workspace = study.folder / "workspaces" / stage
        self.log = study.folder / f"{stage}.log"
        self.pending: list[
            tuple[str, bool]
        ] = []  # kills before the next command: phase, has a record

    def make(self) -> None:
        """Kills pods until one has run the stage, and then one that finds the cached result."""
        draw, usual = self.study.draw, self.study.usual[self.stage]
        for phase in sorted(draw.choices(PHASES, WEIGHTS, k=10), key=PHASES.index):
            if not self._num_records():
                self.kill_in(phase)
        for seconds in sorted(draw.uniform(0, LATEST * usual) for _ in range(4)):
            if not self._num_records():
                self._kill(self._start(), seconds)
        self.kill_in(CACHED)
        self.complete()

    def complete(self) -> None:
        """Runs a pod to its end."""
        pod = self._start()
        code = pod.finish()
        self._count(pod.printed)
        if code:
            self.study.results.broken.append(
                f"{self.stage}: exit code {code}: {pod.printed[-500:]}"
            )
        self._clear()

    def reach(self, phase: str) -> tuple[Process, bool]:
        """Starts a pod and lets it enter a phase; returns it, and whether it ended before."""
        pod = self._start()
        late = PHASES[PHASES.index(phase) :] if phase in PHASES else ()
        has_ended = pod.ends_within(
            PATIENCE, unless=lambda: self.phase(pod.printed) in (*late, CACHED)
        )
        return pod, has_ended

    def kill_in(self, phase: str) -> None:
        """Kills a pod soon after it enters a phase."""
        pod, has_ended = self.reach(phase)
        if not has_ended:
            most = {"run": self.study.usual[self.stage] / 2, **BRIEF}.get(phase, 0.1)
            self._kill(pod, self.study.draw.uniform(0, most))
        else:
            self._count(pod.printed)

    def phase(self, printed: str) -> str:
        """The phase of the stage's pod, by its output and the files that exist."""
        served = self.study.invariants.folder
        entry = served / "studies" / self.study.pods.run / "stages" / f"{self.stage}.yaml"
        lock = self.workspace / "dvc.lock"
        signs: dict[str, Callable[[], bool]] = {
            CACHED: lambda: FOUND in printed,
            "write page": lambda: entry.is_file() and entry.stat().st_mtime > self.begin,
            "record": lambda: self._num_records() > self.num_records,
            "upload": lambda: f"\n  {self.stage}:" in _text(lock),
            "save outputs": lambda: f"made {self.stage}\n" in printed,
            "run": lambda: f"running {self.stage}" in printed,
            "download": lambda: self._num_cached() > self.num_cached,
            "look-up": lambda: lock.is_file() and lock.stat().st_mtime > self.begin,
        }
        return next((phase for phase, shown in signs.items() if shown()), "start")

    def _start(self) -> Process:
        self.begin = time.time()
        self.num_cached, self.num_records = self._num_cached(), self._num_records()
        pods = self.study.pods
        command = pods.command(self.stage, workspace=self.workspace)
        return Process(command, cwd=ROOT, log=self.log)

    def _kill(self, pod: Process, seconds: float) -> None:
        ended = pod.ends_within(seconds)
        pod.kill()
        self._count(pod.printed)
        if ended:
            return
        phase = self.phase(pod.printed)
        noted = self._num_records() > 0
        corrupt = wrong_objects(self.workspace / ".dvc" / "cache")
        self.study.results.add_kill(phase, self.study.invariants.broken(), corrupt=corrupt)
        say(f"{self.study.folder.name}, {self.stage}: killed in {phase}")
        self.pending.append((phase, noted))
        if self.study.draw.random() > KEEP_DISK:
            self._clear()

    def _count(self, printed: str) -> None:
        """Counts what this pod did after the kills before it."""
        counts = self.study.results.counts
        ran = f"running {self.stage}\n" in printed
        if not ran and FOUND not in printed:
            return
        for phase, noted in self.pending:
            counts[phase, "found"] += not ran
            counts[phase, "repeated"] += ran and phase not in PHASES[: PHASES.index("run")]
            counts[phase, "resumed"] += "resuming from step" in printed
            if ran and noted:
                counts[phase, "lost"] += 1
                self.study.results.broken.append(
                    f"killed in {phase}: the result of {self.stage} is lost"
                )
        self.pending.clear()

    def _num_records(self) -> int:
        return self.study.invariants.records(self.stage)

    def _num_cached(self) -> int:
        return sum(1 for _ in (self.workspace / ".dvc" / "cache").glob("files/md5/??/*"))

    def _clear(self) -> None:
        shutil.rmtree(self.workspace, ignore_errors=True)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""
