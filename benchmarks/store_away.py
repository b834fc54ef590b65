"""The cost of a store that is away for a minute, in each phase of a pod.

    python -m benchmarks.store_away

An S3 server (rclone) is stopped when a pod enters a phase, and started again on the same folder and
address. Prints the seconds of each pod and of one without an interruption, and the outcomes.
"""

import os
import random
import shutil
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.interrupted import make_interrupted
from benchmarks.kill_results import PHASES, KillResults
from benchmarks.killed_pods import Interruption, Study
from benchmarks.projects import call
from benchmarks.store import BUCKET, KEYS, machine
from components.runtime.command_line import run
from pipelines.dvc.lock_entries import lock_text
from pipelines.store.serve import environment, served

STAGE = "search"


class Server:
    """An S3 server that can be stopped and started again.

    Args:
        folder: What it serves.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port: int | None = None
        self._running = ExitStack()

    def start(self) -> str:
        """Starts it at its previous address; returns its endpoint."""
        endpoint = self._running.enter_context(served(self._folder, keys=KEYS, port=self._port))
        self._port = int(endpoint.rpartition(":")[2])
        return endpoint

    def stop(self) -> None:
        """Stops it and all its transfers."""
        self._running.close()

    def go_away(self, seconds: float) -> threading.Thread:
        """Stops it for some seconds, in the background."""
        self.stop()

        def come_back() -> None:
            time.sleep(seconds)
            self.start()

        thread = threading.Thread(target=come_back)
        thread.start()
        return thread


def store_away(*, seconds: float = 60.0) -> None:
    """Prints how each pod ended, by the phase in which the store went away.

    Args:
        seconds: Seconds that the store is away.

    Raises:
        SystemExit: A pod failed or its result differs; with 1.
    """
    failed = False
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "served" / BUCKET).mkdir(parents=True)
        server = Server(folder / "served")
        os.environ |= environment(server.start(), KEYS)
        print(f"{machine()}\n\nThe store away for {seconds:.0f} s in\n")
        print("| phase | ended | seconds of the pod | result |")
        print("|---|---|--:|---|", flush=True)
        for phase in ("none", *PHASES):
            place = folder / phase.replace(" ", "-")
            code, taken, same = _try(place, phase, server, seconds)
            failed |= bool(code) or not same
            result = "the same" if same else "different"
            print(f"| {phase} | {code} | {taken:.1f} | {result} |", flush=True)
            shutil.rmtree(place)
        server.stop()
    if failed:
        sys.exit(1)


def _try(folder: Path, phase: str, server: Server, seconds: float) -> tuple[int, float, bool]:
    """A pod whose store goes away in a phase: exit code, seconds, whether its result is right."""
    url = f"s3://{BUCKET}/{folder.name}"
    project = make_interrupted(folder / "project", url=url)
    call(project, "dvc", "repro", "--quiet", STAGE)
    study = Study(
        folder,
        project,
        url=url,
        served=folder.parent / "served" / BUCKET / folder.name,
        results=KillResults(),
        draw=random.Random(1),
        usual={STAGE: 3.0},
    )
    begin = time.monotonic()
    pod, _ = Interruption(study, STAGE).reach("look-up" if phase == "none" else phase)
    back = server.go_away(seconds) if phase != "none" else None
    code = pod.finish()
    taken = time.monotonic() - begin
    if back:
        back.join()
    if code:
        print(pod.printed[-2000:], file=sys.stderr)
        return code, taken, False
    made = (project / "dvc.lock").read_text(encoding="utf-8")
    return code, taken, made == lock_text({STAGE: study.entry(STAGE)})


if __name__ == "__main__":
    run(store_away)
