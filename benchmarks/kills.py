"""Kills pods and laptops at random moments and looks whether anything is lost or taken wrongly.

    python -m benchmarks.kills

`kill -9` of whole process groups, until so many were killed; in between what was killed is started
again until it is done. After every kill the store must hold what `benchmarks.invariants` says, and
in the end what an uninterrupted run makes. Prints a Markdown table; exits with 1 if anything broke.
"""

import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.interrupted import BEFORE, DEFINITION, MODULES, write_data
from benchmarks.killed_laptops import Laptop
from benchmarks.killed_pods import Study
from benchmarks.projects import ROOT, Pods, call, clone, make_project
from benchmarks.store import BUCKET, machine, say, server
from benchmarks.tally import Tally, print_table
from components.runtime.command_line import run


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
            Laptop(place / "laptop", reference, bucket, tally, draw, usual).interrupt()
            shutil.rmtree(place)
            shutil.rmtree(bucket / place.name)
        print_table(tally, studies=number)
    for line in tally.broken:
        say(line)
    if tally.broken:
        sys.exit(1)


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
    seconds["dvc push"] = seconds["store push"] = time.perf_counter() - begin
    target = clone(reference, folder / "clone")
    begin = time.perf_counter()
    call(target, "dvc", "pull", "--quiet")
    seconds["dvc pull"] = time.perf_counter() - begin
    pods = Pods(reference, f"s3://{BUCKET}/reference")
    for stage in BEFORE:
        begin = time.perf_counter()
        call(ROOT, *pods.command(stage, workspace=folder / stage))
        seconds[stage] = time.perf_counter() - begin
    shutil.rmtree(folder)
    shutil.rmtree(bucket / "reference")
    return seconds


if __name__ == "__main__":
    run(kills)
