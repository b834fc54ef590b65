"""Runs one stage on one node of a TrainJob, together with the other nodes."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import psutil

from components.runtime.command_line import INTERRUPTED
from components.runtime.errors import InputError
from pipelines.dvc.remote import read_address
from pipelines.pod.stage import StageRun, laid_out
from pipelines.store.bucket import Bucket
from pipelines.store.connection import connect, pod_wait
from pipelines.store.task_states import read_state

RANK = "PET_NODE_RANK"  # of torchrun's variables, which Kubeflow Trainer sets
# Exit codes of what is no fault of the stage: it was stopped, or lost another node. Errors, 1
# and 2, end the job at once (`podFailurePolicy` in manifests/components/trainer/runtime.yaml).
TEMPORARY = {os.EX_TEMPFAIL, INTERRUPTED, 128 + signal.SIGTERM, 128 + signal.SIGKILL}
FAULT_SECONDS = 120.0  # in which the node with the fault ends, before this one that only lost it
# Nobody sees a job whose task is gone: Kubeflow ends a task's pod without a word to the job.
ORPHAN_SECONDS = 600.0
WATCH_SECONDS = 30.0
POLL_SECONDS = 0.5


def node(
    *,
    stage: str,
    run: str,
    store: str,
    code: Path = Path(),
    workspace: Path = Path("/tmp/workspace"),  # noqa: S108 (a pod's own)
) -> None:
    """Runs one stage of a study on this node, together with the other nodes of a TrainJob.

    The first node mirrors checkpoints into the store and uploads the outputs. SIGTERM is passed on
    to the stage, which writes a checkpoint; so is the end of the task that made the job.

    Args:
        stage: Name of the stage in dvc.yaml, for example training@gpt2-neuro.
        run: Id of the run.
        store: URL of the store, s3://bucket/prefix; endpoint and keys come from the environment.
        code: Folder with components/, dvc.yaml and .dvcignore.
        workspace: Folder in which the stage runs.

    Raises:
        InputError: The stage cannot run, its result cannot be uploaded, or the task that made the
            job has not reported for ten minutes.
        SystemExit: The stage's command failed or was stopped; with its exit code.
    """
    if not (rank := os.environ.get(RANK, "")).isdigit():
        raise InputError(f"{RANK}={rank}: expected the number of this node in a TrainJob")
    is_first = int(rank) == 0
    bucket = Bucket(read_address(store), connect(wait=pod_wait()))
    with (
        laid_out(
            stage, bucket=bucket, run=run, code=code, workspace=workspace, restarts=0
        ) as stage_run,
        _Stop(stage_run) as stop,
    ):
        if stage_run.cached_entry():
            return
        if is_first:
            task = {"run": run, "stage": stage, "stop": stop}
            watched = Bucket(read_address(store))  # with a client that does not wait
            threading.Thread(target=_watch, args=(watched,), kwargs=task, daemon=True).start()
        try:
            stage_run.run() if is_first else stage_run.run_beside()
        except (InputError, SystemExit, KeyboardInterrupt) as error:
            if stop.reason:
                raise InputError(stop.reason) from None
            if stop.has_interrupted:  # DVC may find its own half-written files then
                raise KeyboardInterrupt from None
            if isinstance(error, SystemExit) and error.code in TEMPORARY:
                stop.wait(FAULT_SECONDS)
            raise


class _Stop:
    """Context in which SIGTERM goes to the stage's process, and this one waits for its end.

    Once that has ended, its checkpoint or its result is uploaded in the pod's grace.
    """

    def __init__(self, stage_run: StageRun) -> None:
        self._stage_run, self._asked = stage_run, False
        self.has_interrupted = False  # this process, where no stage was running
        self.reason = ""  # for a stop, where that is no temporary failure

    def __enter__(self) -> "_Stop":
        self._before = signal.signal(signal.SIGTERM, self._pass_on)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGTERM, self._before)

    def wait(self, seconds: float) -> None:
        """Returns after some seconds, or as soon as a stop is requested."""
        latest = time.monotonic() + seconds
        while not self._asked and time.monotonic() < latest:
            time.sleep(POLL_SECONDS)

    def _pass_on(self, _signal: int, _frame: FrameType | None) -> None:
        self._asked = True
        processes = list(_stage_processes())
        for process in processes:
            process.terminate()
        if not processes and not self._stage_run.has_run:
            self.has_interrupted = True
            raise KeyboardInterrupt


def _stage_processes() -> Iterator[psutil.Process]:
    """The stage's process: a child, or the child of the shell that DVC starts."""
    shell = os.environ.get("SHELL") or "/bin/sh"
    with contextlib.suppress(psutil.NoSuchProcess):
        for child in psutil.Process().children():
            is_shell = child.cmdline()[:1] == [shell]
            yield from child.children() if is_shell else [child]


def _watch(bucket: Bucket, *, run: str, stage: str, stop: _Stop) -> None:
    """Stops the stage when the task that made the job has not reported for ten minutes.

    A store that is away is not the task's silence.
    """
    seen, since = None, time.monotonic()
    while time.monotonic() - since < ORPHAN_SECONDS:
        time.sleep(WATCH_SECONDS)
        try:
            state = read_state(bucket, run, stage)
        except InputError:
            since = time.monotonic()
            continue
        if state != seen:
            seen, since = state, time.monotonic()
    stop.reason = (
        f"{stage}: no report of the run's task for {ORPHAN_SECONDS / 60:.0f} min: stopped; its next"
        " attempt resumes from the last checkpoint"
    )
    os.kill(os.getpid(), signal.SIGTERM)
