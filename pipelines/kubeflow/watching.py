"""A run is waited for: each change of its tasks is told, and how it ended."""

import shlex
import sys
import time
from collections.abc import Iterator

from components.runtime.errors import InputError
from pipelines.kubeflow.overview import Overview, Sources, Task
from pipelines.store.results import result_table
from pipelines.store.task_states import read_log

SECONDS_BETWEEN_LOOKS = 10.0
SECONDS_BETWEEN_PROGRESS = 60.0  # of a task
SECONDS_OF_PATIENCE = 600.0  # with a host or a store that is away
LOG_LINES = 20
MEND = "mend it and submit again, or Retry on the run's page: what is done is taken from the store"


def watch(sources: Sources) -> None:
    """Waits for the end of a run, a line for each change; ends with its results.

    Args:
        sources: Who tells of it.

    Raises:
        InputError: There is no such run, or who tells of it is away for long.
        SystemExit: The run failed; its last line names the task, after the end of its log.
        KeyboardInterrupt: It was interrupted; the run goes on.
    """
    overview = sources.look()
    said: dict[str, tuple[Task | None, float]] = {}
    try:
        while True:
            for line in _news(overview, said):
                _say(line)
            if overview.has_ended:
                break
            overview = _next_look(sources)
    except KeyboardInterrupt:
        _say(_how_to_go_on(sources))
        raise
    except InputError as error:
        raise InputError(f"{error}; {_how_to_go_on(sources)}") from None
    page = f": {sources.host.page(sources.run)}" if sources.host else ""
    if not overview.has_succeeded:
        sys.exit(f"error: {sources.run}: {_fault(sources, overview)}{page}")
    print(f"{sources.run}: succeeded{page}")  # noqa: T201
    try:
        print(f"\n{result_table(str(sources.bucket.address), sources.run)}")  # noqa: T201
    except InputError as error:
        where = "in the store, and on the run's page in the summary of 'figures and report'"
        _say(f"the table of results is {where}; not shown here: {error}")


def command(name: str, **flags: str | None) -> str:
    """What to type for a command with some flags, those with a value."""
    given = [f"--{key} {shlex.quote(value)}" for key, value in flags.items() if value]
    return " ".join([f"python -m pipelines {name}", *given])


def _next_look(sources: Sources) -> Overview:
    """What is known after a pause, or once whoever is away is back."""
    away_since = None
    while True:
        time.sleep(SECONDS_BETWEEN_LOOKS)
        try:
            return sources.look()
        except InputError as error:
            if away_since is None:
                away_since = time.monotonic()
                _say(f"{error}; trying again")
            elif time.monotonic() - away_since > SECONDS_OF_PATIENCE:
                raise


def _news(overview: Overview, said: dict[str, tuple[Task | None, float]]) -> Iterator[str]:
    """A line for each task that does something else than before, now and then its progress."""
    now = time.monotonic()
    for task in overview.begun:
        before, when = said.get(task.title, (None, now))
        is_due = task.kind != "silent" and now - when > SECONDS_BETWEEN_PROGRESS
        is_same = before and (before.kind, before.attempt) == (task.kind, task.attempt)
        if not is_same or (is_due and before and before.text != task.text):
            said[task.title] = task, now
            yield f"{task.title}: {task}"
    for note in overview.notes:
        if note not in said:
            said[note] = None, now
            yield note


def _fault(sources: Sources, overview: Overview) -> str:
    """Why the run failed and what to do; prints the end of the log of the task that did."""
    failed = overview.of_kind("failed")
    if not failed and overview.kubeflow and overview.kubeflow.was_terminated:
        return "ended without a failed task: terminated on its page: Retry there goes on"
    if not (failed := failed or overview.of_kind("silent")):
        return (
            "ended without a failed task: by a limit, or its pods did not start or did not reach"
            " the store: see the logs on its page"
        )
    first = failed[0]
    try:
        log = read_log(sources.bucket, sources.run, first.stage, attempt=first.attempt) or ""
    except InputError as error:
        log = f"the log is unavailable: {error}"
    for line in log.splitlines()[-LOG_LINES:]:
        _say(line)
    titles = ", ".join(task.title for task in failed)
    mend = "" if first.text.endswith("submit again") else f": {MEND}"
    return f"failed: {titles}: {first.text}{mend}"


def _how_to_go_on(sources: Sources) -> str:
    flags = {"store": str(sources.bucket.address)}
    if at := sources.host:
        flags = {"host": at.url, "namespace": at.namespace or "", **flags}
    return f"the run goes on: {command('wait', run=sources.run, **flags)}"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201
