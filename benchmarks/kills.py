"""Kills pods and laptops at random moments and looks whether anything is lost or taken wrongly.

    python -m benchmarks.kills

`kill -9` of whole process groups, until so many were killed; in between what was killed is started
again until it is done. After every kill the store must hold what `benchmarks.invariants` says, and
in the end what an uninterrupted run makes. Prints a Markdown table; exits with 1 if anything broke.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from benchmarks.interrupted import BEFORE, DEFINITION, MODULES, write_data
from benchmarks.invariants import Invariants, wrong_objects
from benchmarks.projects import (
    ROOT,
    Pods,
    call,
    clone,
    configure,
    environment,
    make_project,
    object_names,
)
from benchmarks.store import BUCKET, machine, say, server
from components.command_line import run
from pipelines.store.lock_entries import Entry, lock_text, read_entries

# A pod's life; where it is, is told by what exists.
PHASES = ("start", "look-up", "pull", "run", "take in", "push", "note", "hand out")
MADE = "made before"  # a pod that found its result
LAPTOP = ("dvc push", "dvc pull")
AGAIN = 0.4  # so often a killed pod's container is started again in its workspace
LATE = 1.1  # kills come up to so many times the usual life after the start
PATIENCE = 120.0  # seconds after which a process hangs


def kills(*, kills: int = 100, seed: int = 1) -> None:
    """Prints, by the phase in which a process was killed, what became of its work.

    Args:
        kills: How many processes to kill at least.
        seed: Of the moments.

    Raises:
        SystemExit: Something was lost, taken wrongly or differs; with 1.
    """
    draw = random.Random(seed)
    tally = Tally()
    with tempfile.TemporaryDirectory() as name, server(Path(name) / "served") as bucket:
        folder = Path(name)
        print(f"{machine()}\n", flush=True)
        reference = make_reference(folder / "reference")
        usual = usual_lives(folder / "usual", reference, bucket)
        number = 0
        while tally.total < kills:
            number += 1
            place = folder / f"study-{number}"
            study = Study(
                place,
                reference,
                url=f"s3://{BUCKET}/{place.name}",
                served=bucket / place.name,
                tally=tally,
                draw=draw,
                usual=usual,
            )
            study.interrupt()
            study.compare()
            interrupt_laptop(place / "laptop", reference, bucket, tally, draw, usual)
            shutil.rmtree(place)
            shutil.rmtree(bucket / place.name)
        print_table(tally, studies=number)
    for line in tally.broken:
        say(line)
    if tally.broken:
        sys.exit(1)


@dataclass
class Tally:
    """What became of what was killed, by the phase of the kill.

    Attributes:
        killed: Kills.
        repeated: Kills after which a command ran again that had begun before.
        resumed: Kills after which it went on from its state.
        spared: Kills after which the stage was found made.
        lost: Kills after which a noted result was made again.
        corrupt: Kills after which a cache held an object that is not what its name says.
        broken: All that does not hold, a line each.
    """

    killed: Counter[str] = field(default_factory=Counter)
    repeated: Counter[str] = field(default_factory=Counter)
    resumed: Counter[str] = field(default_factory=Counter)
    spared: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    corrupt: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All kills."""
        return self.killed.total()

    def note(self, phase: str, what: Iterable[str], *, corrupt: Iterable[str] = ()) -> None:
        """Notes a kill and what does not hold after it."""
        self.killed[phase] += 1
        wrong = list(corrupt)
        self.corrupt[phase] += bool(wrong)
        self.broken += [f"killed in {phase}: {each}" for each in (*what, *wrong)]


class Process:
    """A process with all that it starts.

    Args:
        command: What it runs.
        cwd: Where.
        log: The file that takes what it prints.
    """

    def __init__(self, command: list[str], *, cwd: Path, log: Path) -> None:
        self._log = log
        with log.open("wb") as out:
            self._popen = subprocess.Popen(  # noqa: S603
                command,
                cwd=cwd,
                env=environment(cwd),
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def printed(self) -> str:
        """What it printed so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def ends_within(self, seconds: float, *, unless: Callable[[], bool] = lambda: False) -> bool:
        """Waits until it ends, a time is over or something has come.

        Returns:
            Whether it ended.
        """
        end = time.monotonic() + seconds
        while self._popen.poll() is None and time.monotonic() < end and not unless():
            time.sleep(0.002)
        return self._popen.poll() is not None

    def kill(self) -> None:
        """Ends it and all that it started, at once."""
        with suppress(psutil.NoSuchProcess):
            family = psutil.Process(self._popen.pid).children(recursive=True)
            os.killpg(self._popen.pid, signal.SIGKILL)
            for each in family:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
        self._popen.wait()

    def finish(self) -> int:
        """Waits for its end; returns its exit code."""
        if not self.ends_within(PATIENCE):
            self.kill()
        return self._popen.wait()


class Study:
    """A run whose pods are killed until it is complete.

    Args:
        folder: For its pods.
        reference: The project, with the results of an uninterrupted run.
        url: Its store.
        served: The folder of its store.
        tally: Where kills are noted.
        draw: Chooses the moments.
        usual: Seconds that an uninterrupted pod of each stage lives.
    """

    def __init__(
        self,
        folder: Path,
        reference: Path,
        *,
        url: str,
        served: Path,
        tally: Tally,
        draw: random.Random,
        usual: dict[str, float],
    ) -> None:
        self.folder, self.reference = folder, reference
        self.tally, self.draw, self.usual = tally, draw, usual
        self.invariants = Invariants(served)
        configure(reference, url)
        call(reference, "dvc", "push", "--quiet", "data.dvc")
        self.pods = Pods(reference, folder / "pods", url, state_seconds=0.3)

    def interrupt(self) -> None:
        """Makes all stages, each in pods of which some are killed."""
        for stage in BEFORE:
            Interruption(self, stage).make()

    def compare(self) -> None:
        """Pulls with the merged lock and compares with the uninterrupted run."""
        found: dict[str, Entry] = {}
        for stage in BEFORE:
            text = self.pods.lock(stage).read_text(encoding="utf-8")
            found |= read_entries(text, where=stage)
        target = clone(self.reference, self.folder / "clone", lock=lock_text(found))
        call(target, "dvc", "pull", "--quiet")
        self.tally.broken += differences(self.reference, target)
        if "Running" in (printed := call(target, "dvc", "repro")):
            self.tally.broken.append(f"{self.folder.name}: dvc repro: {printed}")
        self.tally.broken += self.invariants.broken()


class Interruption:
    """One stage's pods: some killed, the last left to its end.

    Args:
        study: Their run.
        stage: The stage.
    """

    def __init__(self, study: Study, stage: str) -> None:
        self.study, self.stage = study, stage
        self.workspace = study.folder / "workspaces" / stage
        self.log = study.folder / f"{stage}.log"
        self.pending: list[tuple[str, bool]] = []  # kills without a later command: phase, noted

    def make(self) -> None:
        """Kills pods, those that come less far first, and lets the next come to its end."""
        draw, usual = self.study.draw, self.study.usual[self.stage]
        for seconds in sorted(draw.uniform(0, LATE * usual) for _ in range(4)):
            self._kill(self._start(), seconds)
        for phase in sorted(draw.choices(PHASES[1:], k=6), key=PHASES.index):
            self.kill_in(phase)
        self.complete()

    def complete(self) -> None:
        """Lets a pod come to its end."""
        pod = self._start()
        code = pod.finish()
        self._learn(pod.printed)
        if code:
            self.study.tally.broken.append(f"{self.stage}: exit code {code}: {pod.printed[-500:]}")
        self._clear()

    def kill_in(self, phase: str) -> None:
        """Kills a pod soon after it enters a phase."""
        pod = self._start()
        late = PHASES[PHASES.index(phase) :]
        if not pod.ends_within(PATIENCE, unless=lambda: self.phase(pod.printed) in late):
            most = self.study.usual[self.stage] / 2 if phase == "run" else 0.1
            self._kill(pod, self.study.draw.uniform(0, most))
        else:
            self._learn(pod.printed)

    def phase(self, printed: str) -> str:
        """Where the pod of this stage is, by what it printed and what exists."""
        served = self.study.invariants.folder
        entry = served / "studies" / self.study.pods.run / "stages" / f"{self.stage}.yaml"
        lock = self.workspace / "dvc.lock"
        signs: dict[str, Callable[[], bool]] = {
            "hand out": lambda: entry.is_file() and entry.stat().st_mtime > self.begin,
            MADE: lambda: MADE in printed,
            "note": lambda: self._num_records() > self.num_records,
            "push": lambda: f"\n  {self.stage}:" in _text(lock),
            "take in": lambda: f"made {self.stage}\n" in printed,
            "run": lambda: f"running {self.stage}" in printed,
            "pull": lambda: self._num_cached() > self.num_cached,
            "look-up": lambda: lock.is_file() and lock.stat().st_mtime > self.begin,
        }
        return next((phase for phase, shown in signs.items() if shown()), "start")

    def _start(self) -> Process:
        self.begin = time.time()
        self.num_cached, self.num_records = self._num_cached(), self._num_records()
        pods = self.study.pods
        command = pods.command(self.stage, workspace=self.workspace, before=BEFORE[self.stage])
        return Process(command, cwd=ROOT, log=self.log)

    def _kill(self, pod: Process, seconds: float) -> None:
        ended = pod.ends_within(seconds)
        pod.kill()
        self._learn(pod.printed)
        if ended:
            return
        phase = self.phase(pod.printed)
        noted = self._num_records() > 0
        corrupt = wrong_objects(self.workspace / ".dvc" / "cache")
        self.study.tally.note(phase, self.study.invariants.broken(), corrupt=corrupt)
        say(f"{self.study.folder.name}, {self.stage}: killed in {phase}")
        self.pending.append((phase, noted))
        if self.study.draw.random() > AGAIN:
            self._clear()

    def _learn(self, printed: str) -> None:
        """Notes of earlier kills what this pod did after them."""
        tally = self.study.tally
        ran = f"running {self.stage}\n" in printed
        if not ran and MADE not in printed:
            return
        for phase, noted in self.pending:
            tally.spared[phase] += not ran
            tally.repeated[phase] += ran and phase not in PHASES[: PHASES.index("run")]
            tally.resumed[phase] += "going on from step" in printed
            if ran and noted:
                tally.lost[phase] += 1
                tally.broken.append(f"killed in {phase}: the result of {self.stage} is lost")
        self.pending.clear()

    def _num_records(self) -> int:
        return self.study.invariants.records(self.stage)

    def _num_cached(self) -> int:
        return sum(1 for _ in (self.workspace / ".dvc" / "cache").glob("files/md5/??/*"))

    def _clear(self) -> None:
        shutil.rmtree(self.workspace, ignore_errors=True)


def make_reference(root: Path) -> Path:
    """The project, its stages run without interruption."""
    url = f"s3://{BUCKET}/reference"
    make_project(root, url=url, write_data=write_data, definition=DEFINITION, modules=MODULES)
    call(root, "dvc", "repro", "--quiet")
    shutil.rmtree(root / ".state", ignore_errors=True)
    return root


def usual_lives(folder: Path, reference: Path, bucket: Path) -> dict[str, float]:
    """Seconds that each stage's pod, and a laptop's push and pull, take without interruption."""
    seconds = {}
    begin = time.perf_counter()
    call(reference, "dvc", "push", "--quiet")
    seconds["dvc push"] = time.perf_counter() - begin
    target = clone(reference, folder / "clone")
    begin = time.perf_counter()
    call(target, "dvc", "pull", "--quiet")
    seconds["dvc pull"] = time.perf_counter() - begin
    pods = Pods(reference, folder / "pods", f"s3://{BUCKET}/reference", state_seconds=0.3)
    for stage, before in BEFORE.items():
        begin = time.perf_counter()
        call(ROOT, *pods.command(stage, workspace=folder / stage, before=before))
        seconds[stage] = time.perf_counter() - begin
    shutil.rmtree(folder)
    shutil.rmtree(bucket / "reference")
    return seconds


def interrupt_laptop(
    folder: Path,
    reference: Path,
    bucket: Path,
    tally: Tally,
    draw: random.Random,
    usual: dict[str, float],
) -> None:
    """Kills `dvc push` of the project and `dvc pull` of a clone; each is then let come to its end.

    Args:
        folder: For the clone; its parent's name is part of the store's prefix.
        reference: The project.
        bucket: The folder of the bucket.
        tally: Where kills are noted.
        draw: Chooses the moments.
        usual: Seconds that push and pull usually take.
    """
    prefix = f"{folder.parent.name}-laptop"
    configure(reference, f"s3://{BUCKET}/{prefix}")
    invariants = Invariants(bucket / prefix)
    target = clone(reference, folder)
    for what, root in (("dvc push", reference), ("dvc pull", target)):
        command = [sys.executable, "-m", *what.split()]
        log = folder.with_suffix(".log")
        for seconds in sorted(draw.uniform(0.5, usual[what]) for _ in range(4)):
            process = Process(command, cwd=root, log=log)
            ended = process.ends_within(seconds)
            process.kill()
            if not ended:
                say(f"{folder.parent.name}: {what} killed")
                tally.note(what, invariants.broken())
        process = Process(command, cwd=root, log=log)
        if code := process.finish():
            tally.broken.append(f"{what}: exit code {code}: {process.printed[-500:]}")
    names = object_names(reference)
    lost = [name for name in names if not (bucket / prefix / name).is_file()]
    tally.lost["dvc push"] += len(lost)
    tally.broken += [f"{name}: not pushed" for name in lost]
    tally.broken += [*invariants.broken(), *differences(reference, target)]
    corrupt = list(wrong_objects(target / ".dvc" / "cache"))
    tally.corrupt["dvc pull"] += len(corrupt)
    tally.broken += corrupt
    shutil.rmtree(bucket / prefix)


def differences(one: Path, other: Path) -> Iterator[str]:
    """The files of data and results in which two projects differ, a line each."""
    for part in ("data", "artifacts"):
        names = [
            {file.relative_to(root) for file in (root / part).rglob("*") if file.is_file()}
            for root in (one, other)
        ]
        for name in sorted(names[0] | names[1]):
            if not all(name in each for each in names):
                yield f"{name}: in one of {one}, {other} only"
            elif (one / name).read_bytes() != (other / name).read_bytes():
                yield f"{name}: differs between {one} and {other}"


def print_table(tally: Tally, *, studies: int) -> None:
    """One row a phase."""
    print(
        "| killed in | kills | lost results | corrupt objects taken | stage ran again"
        " | went on from its state | found made |"
    )
    print("|---|--:|--:|--:|--:|--:|--:|")
    columns = (tally.killed, tally.lost, tally.corrupt, tally.repeated, tally.resumed, tally.spared)
    for phase in (*PHASES, MADE, *LAPTOP):
        print(f"| {phase} | " + " | ".join(str(each[phase]) for each in columns) + " |")
    print("| all | " + " | ".join(str(each.total()) for each in columns) + " |")
    print(f"\n{studies} studies, each compared with an uninterrupted run: {outcome(tally)}")


def outcome(tally: Tally) -> str:
    """In words, whether all held."""
    return f"{len(tally.broken)} things broken" if tally.broken else "all the same"


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


if __name__ == "__main__":
    run(kills)
