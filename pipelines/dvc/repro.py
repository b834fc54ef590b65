"""Runs a study as `dvc repro` does, several stages at a time."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from graphlib import TopologicalSorter
from logging import WARNING, getLogger
from pathlib import Path
from types import FrameType
from typing import NoReturn

import psutil

from components.runtime.command_line import wait_for_end
from components.runtime.errors import InputError
from components.runtime.progress import duration


def repro(*, jobs: int | None = None) -> None:
    """Runs the stages whose inputs changed, as `dvc repro` does, several at a time.

    Data comes first: what has changed there is noted in data.dvc. A stage starts when those before
    it are done; its lines are printed behind its name. After a failure no stage starts, and those
    that run are waited for.

    Args:
        jobs: Number of stages to run at a time; they share the CPU's cores. By default as many as
            there are cores.

    Raises:
        InputError: DVC cannot read the workspace, or a stage failed or was killed.
        KeyboardInterrupt: The run was interrupted, and the stages that ran have stopped.
    """
    cores = os.cpu_count() or 1
    jobs = cores if jobs is None else jobs
    if jobs < 1:
        raise InputError(f"--jobs: found {jobs}, expected 1 or more")
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, cores // jobs)))
    from pipelines.dvc.repo import open_repo, stages_before, stages_of

    with open_repo(Path.cwd()) as repo:
        stages = stages_of(repo).items()
        data = [each.addressing for each in repo.index.stages if not each.cmd]  # data.dvc
        before = {name: [*data, *stages_before(repo, stage)] for name, stage in stages}
        before |= {name: [] for name in data}
    signal.signal(signal.SIGTERM, _stop)
    running: dict[Future[bool], str] = {}
    try:
        with ProcessPoolExecutor(jobs, initializer=_prepare, initargs=(os.getpid(),)) as workers:
            failed = _run(before, running, workers=workers, jobs=jobs)
    except BrokenProcessPool:
        raise InputError(
            f"a process was killed, for lack of memory maybe, in {', '.join(running.values())}"
            + ": a smaller --jobs needs less" * (jobs > 1)
        ) from None
    if failed:
        raise InputError(f"failed: {', '.join(failed)}; the stage's own lines above say why")


def _run(
    before: dict[str, list[str]],
    running: dict[Future[bool], str],
    *,
    workers: ProcessPoolExecutor,
    jobs: int,
) -> list[str]:
    """Runs stages, each after those before it, until all are done or one fails; returns those."""
    order = TopologicalSorter(before)
    order.prepare()
    to_come = _stages_to_come(before)
    ready: list[str] = []
    failed: list[str] = []
    while order.is_active():
        ready = sorted([*ready, *order.get_ready()], key=to_come.__getitem__, reverse=True)
        # Never more than can run: the pool would start them after an interruption.
        while ready and len(running) < jobs and not failed:
            stage = ready.pop(0)
            running[workers.submit(_reproduce, stage)] = stage
        if not running:
            break
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            succeeded = future.result()
            stage = running.pop(future)
            if succeeded:
                order.done(stage)
            else:
                failed.append(stage)
    return failed


def _stages_to_come(before: dict[str, list[str]]) -> dict[str, int]:
    """How many stages follow each one on the longest way to the end: the longest goes first."""
    found = dict.fromkeys(before, 0)
    for stage in reversed(list(TopologicalSorter(before).static_order())):
        for each in before[stage]:
            found[each] = max(found[each], found[stage] + 1)
    return found


def _reproduce(stage: str) -> bool:
    """Runs one stage in this worker process; returns whether it succeeded."""
    from dvc.repo import Repo

    from pipelines.dvc.repo import user_errors

    started = time.monotonic()
    with _lines_behind(stage):
        print("started")
        try:
            with user_errors(), Repo(_wait_for_lock=True) as repo:
                ran = repo.reproduce(stage, single_item=True)
        except InputError as error:
            print(error)
            return False
        print(f"done in {duration(time.monotonic() - started)}" if ran else "unchanged")
    return True


@contextmanager
def _lines_behind(stage: str) -> Iterator[None]:
    """Prints each line of this process and of the stage's behind the stage's name."""
    read, write = os.pipe()
    before = [os.dup(1), os.dup(2)]
    copy = threading.Thread(target=_copy_lines, args=(read, before[0], f"{stage}: ".encode()))
    copy.start()
    for number in (1, 2):
        os.dup2(write, number)
    os.close(write)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, saved in zip((1, 2), before, strict=True):
            os.dup2(saved, number)
        copy.join()
        for saved in before:
            os.close(saved)


def _copy_lines(read: int, write: int, head: bytes) -> None:
    with open(read, "rb") as lines:
        for line in lines:
            os.write(write, head + line.rstrip(b"\n") + b"\n")


def _prepare(parent: int) -> None:
    """Has a worker leave Ctrl-C to its stage, and end with the process that started it."""
    signal.signal(signal.SIGINT, lambda *_: None)  # ignored, it would be ignored by the stage too
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    getLogger("dvc").setLevel(WARNING)
    threading.Thread(target=_end_after, args=(psutil.Process(parent),), daemon=True).start()


def _end_after(process: psutil.Process) -> None:
    wait_for_end(process)
    os.kill(os.getpid(), signal.SIGTERM)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    """Ends the workers; a stage notices that its DVC is gone, and stops as with Ctrl-C."""
    below = psutil.Process().children(recursive=True)
    for worker in psutil.Process().children():
        worker.terminate()
    for process in below:
        wait_for_end(process)
    raise KeyboardInterrupt
