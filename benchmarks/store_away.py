"""The cost of a store that is away for a minute, in each phase of a pod.

    python -m benchmarks.store_away

An S3 server (rclone) is stopped when a pod enters a phase, and started again on the same folder and
address. Prints the seconds of each pod and of one without an interruption, and the outcomes.
"""

import os
import random
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.interrupted import PHASES, InterruptedRun, KillResults, StagePods, make_interrupted
from benchmarks.measuring import machine, print_head, print_row
from benchmarks.projects import BUCKET, KEYS, PACKAGES, call
from components.runtime.command_line import run
from pipelines.dvc.lock_entries import lock_text
from pipelines.store.serve import HOST, environment, free_port, served

STAGE = "search"


def store_away(*, seconds: float = 60.0) -> None:
    """Prints how each pod ended, by the phase in which the store went away.

    Args:
        seconds: Seconds that the store is away.

    Raises:
        SystemExit: A pod failed or its result differs; with 1.
    """
    port = free_port()
    os.environ |= environment(f"http://{HOST}:{port}", KEYS)
    print(f"{machine(*PACKAGES)}\n\nThe store away for {seconds:.0f} s in\n")
    print_head("phase", "exit code", "seconds of the pod", "result")
    failed = False
    for phase in ("none", *PHASES):
        with tempfile.TemporaryDirectory() as folder:
            away = 0.0 if phase == "none" else seconds
            code, taken, is_same = _start_pod(Path(folder), phase, port=port, seconds=away)
        failed |= bool(code) or not is_same
        result = "the same" if is_same else "different"
        print_row(phase, code, f"{taken:.1f}", result)
    if failed:
        sys.exit(1)


def _start_pod(folder: Path, phase: str, *, port: int, seconds: float) -> tuple[int, float, bool]:
    """Runs a pod whose store goes away in a phase.

    Returns:
        Its exit code, its seconds, and whether its result is right.
    """
    bucket, url = folder / "served" / BUCKET, f"s3://{BUCKET}/store"
    bucket.mkdir(parents=True)
    with served(bucket.parent, keys=KEYS, port=port):
        project = make_interrupted(folder / "project", url=url)
        call(project, "dvc", "repro", "--quiet", STAGE)
        interrupted = InterruptedRun(
            folder / "run",
            project,
            url=url,
            served=bucket / "store",
            results=KillResults(),
            draw=random.Random(1),
            usual={STAGE: 3.0},
        )
        begin = time.monotonic()
        pod, _ = StagePods(interrupted, STAGE).reach("look-up" if phase == "none" else phase)
    time.sleep(seconds)
    with served(bucket.parent, keys=KEYS, port=port):
        code = pod.finish()
        taken = time.monotonic() - begin
        if code:
            print(pod.printed[-2000:], file=sys.stderr)
            return code, taken, False
        made = (project / "dvc.lock").read_text(encoding="utf-8")
        return code, taken, made == lock_text({STAGE: interrupted.entry(STAGE)})


if __name__ == "__main__":
    run(store_away)
