"""A pod writes its task's state and log into the store while it works."""

import contextlib
import os
import re
import sys
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import DamagedError
from pipelines.store.bucket import Bucket
from pipelines.store.retries import StoreUnavailableError
from pipelines.store.task_states import (
    State,
    TaskState,
    read_state,
    utc_now,
    write_log,
    write_state,
)

REPORT_SECONDS = 30.0
MAX_LOG_BYTES = 8 << 20
TAIL_BYTES = 64 << 10  # of a log, searched for its last lines
TRUNCATED = b"[the beginning of this log is left out]\n"
DRAIN_SECONDS = 2.0  # for the output of processes that outlive the task
# As components.runtime.progress and components.runtime.command_line print them.
PROGRESS = re.compile(r"([^:]+: [\d,]+(?: of [\d,]+)? \w.*)")
ERROR = re.compile(r"error: (.+)")


class Reporting:
    """Writes a task's state and log into the store: at once, every half minute and at the end.

    Inside `entered`, everything that this process and its children print is recorded. A report that
    cannot be written is skipped: the task continues, and the next report holds more.

    Args:
        bucket: The store.
        run: Id of the run.
        stage: Name of the stage, or `check-study`.

    Attributes:
        is_cached: Whether the task's result was in the store already.
    """

    def __init__(self, bucket: Bucket, *, run: str, stage: str) -> None:
        self._bucket, self._run, self.is_cached = bucket, run, False
        now = utc_now()
        self._state = TaskState(
            stage,
            "running",
            attempt=_attempts_before(bucket, run, stage) + 1,
            began=now,
            updated=now,
            pod=os.environ.get("KFP_POD_NAME", ""),
            node=os.environ.get("NODE_NAME", ""),
            image=os.environ.get("MATCHING_EXPERTS_IMAGE", ""),
        )
        self._output = Recorder()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._report_often, daemon=True)

    @contextlib.contextmanager
    def entered(self) -> Iterator[Self]:
        """Reports while the block runs, and its end.

        Raises:
            InputError: The task's first state cannot be written: the server is not reached or
                refuses.
        """
        write_state(self._bucket, self._run, self._state)
        self._thread.start()
        try:
            with self._output.recording():
                yield self
        except BaseException as error:
            if isinstance(error, (StoreUnavailableError, KeyboardInterrupt)):
                self._bucket.wait_no_more()
            with _errors_printed():
                self._finish("failed", error=self._reason(error))
            raise
        self._finish("cached" if self.is_cached else "done")

    def found_cached(self) -> None:
        """Says and notes that the task's result was in the store already."""
        say(f"{self._state.stage}: cached result found, stage skipped")
        self.is_cached = True

    def _reason(self, error: BaseException) -> str:
        """The line that says why a task failed; what is not printed yet is added to the log."""
        if isinstance(error, SystemExit):
            return self._output.last(ERROR) or f"exit code {error.code}"
        if isinstance(error, (InputError, KeyboardInterrupt)):
            line = str(error) or "interrupted"
            self._output.add(f"error: {line}\n".encode())
            return line
        self._output.add("".join(traceback.format_exception(error)).encode())
        return f"{type(error).__name__}: {error}".splitlines()[0]

    def _report_often(self) -> None:
        while not self._over.wait(REPORT_SECONDS):
            with _errors_printed():
                self._report()

    def _finish(self, state: State, *, error: str = "") -> None:
        self._over.set()
        self._thread.join()
        self._report(state=state, error=error, ended=utc_now())

    def _report(self, **changes: Any) -> None:  # noqa: ANN401
        """Writes the log, and then the state: a task that has ended has its whole log."""
        self._state = self._state.now(progress=self._output.last(PROGRESS), **changes)
        task = (self._bucket, self._run, self._state.stage)
        write_log(*task, attempt=self._state.attempt, content=self._output.content())
        write_state(self._bucket, self._run, self._state)


@contextlib.contextmanager
def _errors_printed() -> Iterator[None]:
    """Prints that a report cannot be written, and continues."""
    try:
        yield
    except InputError as error:
        say(f"report not written: {error}")


def say(text: str) -> None:
    """Prints a line on standard error, at once."""
    print(text, file=sys.stderr, flush=True)


def _attempts_before(bucket: Bucket, run: str, stage: str) -> int:
    """Number of earlier pods of the task; a damaged state counts as one."""
    try:
        before = read_state(bucket, run, stage)
    except DamagedError:
        return 1
    return before.attempt if before else 0


class Recorder:
    """Records the end of what this process and its children print, and passes it on."""

    def __init__(self) -> None:
        self._content = bytearray()
        self._is_whole = True
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Records what is printed while the block runs."""
        originals, threads = {}, []
        for stream in (1, 2):
            reader, writer = os.pipe()
            originals[stream] = os.dup(stream)
            os.dup2(writer, stream)
            os.close(writer)
            arguments = (reader, originals[stream])
            threads.append(threading.Thread(target=self._pass_on, args=arguments, daemon=True))
            threads[-1].start()
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for stream, original in originals.items():
                os.dup2(original, stream)  # closes our end of the pipe
            for thread in threads:
                thread.join(DRAIN_SECONDS)

    def add(self, piece: bytes) -> None:
        """Records output; of more than 8 MiB only the end."""
        with self._lock:
            self._content += piece
            if len(self._content) > MAX_LOG_BYTES:
                del self._content[: -MAX_LOG_BYTES // 2]
                self._is_whole = False

    def content(self) -> bytes:
        """What was recorded."""
        with self._lock:
            return (b"" if self._is_whole else TRUNCATED) + bytes(self._content)

    def last(self, pattern: re.Pattern[str]) -> str:
        """The first group of the last line that matches a pattern; empty if none does."""
        with self._lock:
            text = bytes(self._content[-TAIL_BYTES:]).decode(errors="replace")
        for line in reversed(text.splitlines()):
            if match := pattern.fullmatch(line.strip()):
                return match[1]
        return ""

    def _pass_on(self, reader: int, original: int) -> None:
        with contextlib.closing(os.fdopen(reader, "rb", buffering=0)) as pipe:
            while piece := pipe.read(64 << 10):
                os.write(original, piece)
                self.add(piece)
        os.close(original)


def out_of_memory_kills(group: Path = Path("/sys/fs/cgroup")) -> int:
    """Number of processes of this container's control group (version 2) that lacked memory."""
    try:
        text = (group / "memory.events").read_text(encoding="utf-8")
    except OSError:
        return 0
    events = dict(line.split() for line in text.splitlines())
    return int(events.get("oom_kill", 0))
