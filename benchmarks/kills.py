"""Kills pods and laptops at random moments and checks that nothing is lost or corrupted.

    python -m benchmarks.kills

Sends `kill -9` to whole process groups, as often as asked; what was killed is restarted until it is
done. After every kill the invariants of `benchmarks.invariants` must hold, and at the end the store
must hold what an uninterrupted run makes. Prints a Markdown table; exits with 1 if anything broke.
"""

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.interrupted import STAGES, InterruptedRun, KillResults, make_interrupted
from benchmarks.invariants import Invariants, wrong_objects
from benchmarks.measuring import machine, say
from benchmarks.projects import (
    BUCKET,
    PACKAGES,
    ROOT,
    Process,
    call,
    clone,
    configure,
    differences,
    object_names,
    pod_command,
    server,
)
from components.runtime.command_line import run


def kills(*, kills: int = 100, seed: int = 1) -> None:
    """Prints what happened after each kill, by the phase in which the process was killed.

    Args:
        kills: Least number of processes to kill.
        seed: Random seed of the moments.

    Raises:
        SystemExit: Something was lost, corrupted or differs; with 1.
    """
    draw = random.Random(seed)
    results = KillResults()
    with tempfile.TemporaryDirectory() as name, server(Path(name) / "served") as bucket:
        folder = Path(name)
        print(f"{machine(*PACKAGES)}\n", flush=True)
        reference = make_reference(folder / "reference")
        usual = usual_lives(folder / "usual", reference, bucket)
        number = 0
        while results.total("killed") < kills:
            number += 1
            place = folder / f"study-{number}"
            interrupted = InterruptedRun(
                place,
                reference,
                url=f"s3://{BUCKET}/{place.name}",
                served=bucket / place.name,
                results=results,
                draw=draw,
                usual=usual,
            )
            interrupted.interrupt()
            interrupted.compare()
            Laptop(place / "laptop", reference, bucket, results, draw, usual).interrupt()
            shutil.rmtree(place)
            shutil.rmtree(bucket / place.name)
        results.print_table(studies=number)
    for line in results.broken:
        say(line)
    if results.broken:
        sys.exit(1)


def make_reference(root: Path) -> Path:
    """The project after an uninterrupted run."""
    make_interrupted(root, url=f"s3://{BUCKET}/reference")
    call(root, "dvc", "repro", "--quiet")
    shutil.rmtree(root / ".state", ignore_errors=True)
    return root


def usual_lives(folder: Path, reference: Path, bucket: Path) -> dict[str, float]:
    """Seconds of each stage's pod and of push and pull, without interruption."""
    seconds = {}
    begin = time.perf_counter()
    call(reference, "dvc", "push", "--quiet")
    seconds["dvc push"] = seconds["store push"] = time.perf_counter() - begin
    target = clone(reference, folder / "clone")
    begin = time.perf_counter()
    call(target, "dvc", "pull", "--quiet")
    seconds["dvc pull"] = time.perf_counter() - begin
    url = f"s3://{BUCKET}/reference"
    for stage in STAGES:
        begin = time.perf_counter()
        call(ROOT, *pod_command(stage, code=reference, url=url, workspace=folder / stage))
        seconds[stage] = time.perf_counter() - begin
    shutil.rmtree(folder)
    shutil.rmtree(bucket / "reference")
    return seconds


class Laptop:
    """A checkout and a clone whose pushes and pulls are killed, then run again to their ends.

    What DVC leaves incomplete is counted; the remedy of docs/store.md has to repair it.

    Args:
        folder: Folder for the clone; its parent's name is part of the store's prefix.
        reference: The checkout, with all results.
        bucket: Folder of the bucket.
        results: Where kills are counted.
        draw: Chooses the moments.
        usual: Seconds that push and pull take, by command.
    """

    def __init__(
        self,
        folder: Path,
        reference: Path,
        bucket: Path,
        results: KillResults,
        draw: random.Random,
        usual: dict[str, float],
    ) -> None:
        self.log = folder.with_suffix(".log")
        self.reference, self.results, self.draw, self.usual = reference, results, draw, usual
        prefix = f"{folder.parent.name}-laptop"
        self.served = bucket / prefix
        configure(reference, f"s3://{BUCKET}/{prefix}")
        self.clone = clone(reference, folder)
        self.invariants = Invariants(self.served)

    def interrupt(self) -> None:
        """Pushes with DVC and with the store's own push, and pulls with DVC, killing each."""
        python = (sys.executable, "-P", "-m")  # -P: the project has components/ of its own
        self._interrupt("dvc push", [*python, "dvc", "push"], self.reference)
        self.results.counts["dvc push", "incomplete"] += bool(self._missing())
        ours = [*python, "pipelines.store", "push", "--run", "laptop"]
        if self._interrupt("store push", ours, self.reference):
            self.results.broken.append(f"store push: {self.log.read_text()[-500:]}")
        self.results.broken += [f"{name}: not pushed" for name in self._missing()]
        self.results.broken += self.invariants.broken()
        pull = [*python, "dvc", "pull"]
        self._interrupt("dvc pull", pull, self.clone)
        if any(differences(self.reference, self.clone)):
            self.results.counts["dvc pull", "incomplete"] += 1
            shutil.rmtree(self.clone / ".dvc" / "site")
            Process(pull, cwd=self.clone, log=self.log).finish()
        self.results.broken += differences(self.reference, self.clone)
        self.results.broken += wrong_objects(self.clone / ".dvc" / "cache")
        shutil.rmtree(self.served)

    def _interrupt(self, what: str, command: list[str], root: Path) -> int:
        """Kills a command three times, each time later, then runs it to its end.

        Returns:
            Its last exit code.
        """
        for seconds in sorted(self.draw.uniform(0.5, self.usual[what]) for _ in range(3)):
            process = Process(command, cwd=root, log=self.log)
            ended = process.ends_within(seconds)
            process.kill()
            if not ended:
                say(f"{what} killed")
                self.results.add_kill(what, wrong_objects(self.served))
        return Process(command, cwd=root, log=self.log).finish()

    def _missing(self) -> list[str]:
        """Keys of the objects that were not pushed."""
        names = object_names(self.reference)
        return [name for name in names if not (self.served / name).is_file()]


if __name__ == "__main__":
    run(kills)
