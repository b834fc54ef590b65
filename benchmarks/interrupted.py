"""A run whose pods are killed until it is complete, and what happened after each kill."""

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.invariants import Invariants, wrong_objects
from benchmarks.measuring import print_head, print_row, say
from benchmarks.projects import (
    ROOT,
    RUN,
    TIMEOUT_SECONDS,
    Process,
    call,
    clone,
    configure,
    differences,
    make_project,
    pod_command,
)
from pipelines.dvc.lock_entries import Entry, lock_text
from pipelines.dvc.remote import read_address
from pipelines.store.bucket import Bucket
from pipelines.store.studies import read_entry

FOUND = "cached result found"  # printed by a pod that skips its stage
KEEP_DISK = 0.4  # share of kills after which the next pod gets the same workspace
LATEST = 1.1  # latest kill, as a multiple of the usual life of a pod
BRIEF = {"upload": 0.03, "record": 0.003}  # seconds; the phases are that short in small stages
WEIGHTS = (1, 1, 3, 6, 1, 3, 1, 1)  # of the phases: most kills in those that are long in practice
# The phases of a pod, recognized by the files that exist.
PHASES = ("start", "look-up", "download", "run", "save outputs", "upload", "record", "write page")
CACHED = "cached"  # a pod that found the result of another
COMMANDS = ("dvc push", "store push", "dvc pull")  # on a laptop
COLUMNS = {
    "killed": "kills",
    "lost": "lost results",
    "corrupt": "corrupt objects accepted",
    "repeated": "stage ran again",
    "resumed": "resumed from its state",
    "found": "found in the store",
}
NUM_STEPS = 20
DEFINITION = """\
stages:
  pieces:
    cmd: python -m components.pieces
    deps:
    - components/pieces.py
    - data
    outs:
    - artifacts/pieces
  search:
    cmd: python -m components.search
    deps:
    - components/search.py
    - data
    outs:
    - artifacts/search
  report:
    cmd: python -m components.report
    deps:
    - components/report.py
    - artifacts/pieces
    - artifacts/search
    outs:
    - artifacts/report
"""
MODULES = {
    "pieces": """\
import pathlib, random
print("running pieces")
out = pathlib.Path("artifacts/pieces")
out.mkdir(parents=True)
draw = random.Random(sum(len(file.read_bytes()) for file in pathlib.Path("data").iterdir()))
for number in range(300):
    (out / f"{number:03}").write_bytes(draw.randbytes(10_000))
(out / "large").write_bytes(draw.randbytes(40_000_000))
print("made pieces")
""",
    "search": f"""\
import hashlib, json, pathlib, time
print("running search")
state = pathlib.Path(".state/search.json")
found = json.loads(state.read_text()) if state.exists() else []
if found:
    print(f"resuming from step {{len(found)}}")
data = b"".join(file.read_bytes() for file in sorted(pathlib.Path("data").iterdir()))
while len(found) < {NUM_STEPS}:
    time.sleep(0.1)
    found.append(hashlib.sha256(data + str(found).encode()).hexdigest())
    print("step", len(found))
    state.parent.mkdir(exist_ok=True)
    partial = state.with_suffix(".partial")
    partial.write_text(json.dumps(found))
    partial.replace(state)
out = pathlib.Path("artifacts/search")
out.mkdir(parents=True)
(out / "metrics.json").write_text(json.dumps({{"found": len(found), "first": found[0]}}))
(out / "found.json").write_text(json.dumps(found))
print("made search")
""",
    "report": """\
import hashlib, pathlib
print("running report")
out = pathlib.Path("artifacts/report")
out.mkdir(parents=True)
files = sorted(pathlib.Path("artifacts").glob("[ps]*/*"))
lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()} {file.name}" for file in files]
(out / "report.txt").write_text("\\n".join(lines))
print("made report")
""",
}
STAGES = ("pieces", "search", "report")  # each after those that it reads


class KillResults:
    """Counts by phase and column of the table.

    Attributes:
        counts: Number of events by phase and column. A DVC command that left objects out counts
            as `incomplete`.
        broken: Violated invariants, one line each.
    """

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.broken: list[str] = []

    def total(self, column: str) -> int:
        """The sum of a column over all phases."""
        return sum(count for (_, each), count in self.counts.items() if each == column)

    def add_kill(self, phase: str, broken: Iterable[str], *, corrupt: Iterable[str] = ()) -> None:
        """Counts a kill, and the invariants that are violated after it."""
        wrong = list(corrupt)
        self.counts[phase, "killed"] += 1
        self.counts[phase, "corrupt"] += bool(wrong)
        self.broken += [f"killed in {phase}: {each}" for each in (*broken, *wrong)]

    def print_table(self, *, studies: int) -> None:
        """Prints one row per phase."""
        print_head("killed in", *COLUMNS.values())
        for phase in (*PHASES, CACHED, *COMMANDS):
            print_row(phase, *(self.counts[phase, column] for column in COLUMNS))
        print_row("all", *map(self.total, COLUMNS))
        broken = f"{len(self.broken)} things broken" if self.broken else "all equal"
        print(f"\n{studies} studies, each compared with an uninterrupted run: {broken}.")
        for command, remedy in (
            ("dvc push", "the store's push"),
            ("dvc pull", "removing DVC's index"),
        ):
            count = self.counts[command, "incomplete"]
            print(f"After a killed {command}, another lacked objects in {count}, until {remedy}.")


class InterruptedRun:
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
        self.url = url

    def interrupt(self) -> None:
        """Runs all stages, each in pods of which some are killed."""
        for stage in STAGES:
            StagePods(self, stage).interrupt()

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
        return read_entry(Bucket(read_address(self.url)), RUN, stage)


class StagePods:
    """The pods of one stage: some are killed, the last one ends by itself.

    Args:
        run: The run.
        stage: Name of the stage.
    """

    def __init__(self, run: InterruptedRun, stage: str) -> None:
        self.run, self.stage = run, stage
        self.workspace = run.folder / "workspaces" / stage
        self.log = run.folder / f"{stage}.log"
        self.pending: list[tuple[str, bool]] = []  # phase and whether there was a record, by kill

    def interrupt(self) -> None:
        """Kills pods until one has run the stage, and then one that finds the cached result."""
        draw, usual = self.run.draw, self.run.usual[self.stage]
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
            self.run.results.broken.append(f"{self.stage}: exit code {code}: {pod.printed[-500:]}")
        self._clear()

    def reach(self, phase: str) -> tuple[Process, bool]:
        """Starts a pod and lets it enter a phase; returns it, and whether it ended before."""
        pod = self._start()
        late = PHASES[PHASES.index(phase) :] if phase in PHASES else ()
        has_ended = pod.ends_within(
            TIMEOUT_SECONDS, unless=lambda: self.phase(pod.printed) in (*late, CACHED)
        )
        return pod, has_ended

    def kill_in(self, phase: str) -> None:
        """Kills a pod soon after it enters a phase."""
        pod, has_ended = self.reach(phase)
        if not has_ended:
            most = {"run": self.run.usual[self.stage] / 2, **BRIEF}.get(phase, 0.1)
            self._kill(pod, self.run.draw.uniform(0, most))
        else:
            self._count(pod.printed)

    def phase(self, printed: str) -> str:
        """The phase of the stage's pod, by its output and the files that exist."""
        served = self.run.invariants.folder
        entry = served / "studies" / RUN / "stages" / f"{self.stage}.yaml"
        lock = self.workspace / "dvc.lock"
        signs: dict[str, Callable[[], bool]] = {
            CACHED: lambda: FOUND in printed,
            "write page": lambda: _modified(entry) > self.begin,
            "record": lambda: self._num_records() > self.num_records,
            "upload": lambda: f"\n  {self.stage}:" in _text(lock),
            "save outputs": lambda: f"made {self.stage}\n" in printed,
            "run": lambda: f"running {self.stage}" in printed,
            "download": lambda: self._num_cached() > self.num_cached,
            "look-up": lambda: _modified(lock) > self.begin,
        }
        return next((phase for phase, shown in signs.items() if shown()), "start")

    def _start(self) -> Process:
        self.begin = time.time()
        self.num_cached, self.num_records = self._num_cached(), self._num_records()
        command = pod_command(
            self.stage, code=self.run.reference, url=self.run.url, workspace=self.workspace
        )
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
        self.run.results.add_kill(phase, self.run.invariants.broken(), corrupt=corrupt)
        say(f"{self.run.folder.name}, {self.stage}: killed in {phase}")
        self.pending.append((phase, noted))
        if self.run.draw.random() > KEEP_DISK:
            self._clear()

    def _count(self, printed: str) -> None:
        """Counts what this pod did after the kills before it."""
        counts = self.run.results.counts
        ran = f"running {self.stage}\n" in printed
        if not ran and FOUND not in printed:
            return
        for phase, noted in self.pending:
            counts[phase, "found"] += not ran
            counts[phase, "repeated"] += ran and phase not in PHASES[: PHASES.index("run")]
            counts[phase, "resumed"] += "resuming from step" in printed
            if ran and noted:
                counts[phase, "lost"] += 1
                self.run.results.broken.append(
                    f"killed in {phase}: the result of {self.stage} is lost"
                )
        self.pending.clear()

    def _num_records(self) -> int:
        return self.run.invariants.records(self.stage)

    def _num_cached(self) -> int:
        return sum(1 for _ in (self.workspace / ".dvc" / "cache").glob("files/md5/??/*"))

    def _clear(self) -> None:
        shutil.rmtree(self.workspace, ignore_errors=True)


def _text(file: Path) -> str:
    """The text of a file that a pod may be replacing; empty where there is none."""
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _modified(file: Path) -> float:
    """When a file that a pod may be replacing was written last; 0 where there is none."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def make_interrupted(root: Path, *, url: str) -> Path:
    """The project in a folder, with its data in the cache; nothing has run."""
    return make_project(
        root, url=url, write_data=_write_data, definition=DEFINITION, modules=MODULES
    )


def _write_data(folder: Path) -> None:
    """Writes what the study starts from: a hundred small files, and a large one."""
    draw = random.Random(1)
    for number in range(100):
        (folder / f"{number:02}").write_bytes(draw.randbytes(5_000))
    (folder / "large").write_bytes(draw.randbytes(20_000_000))
