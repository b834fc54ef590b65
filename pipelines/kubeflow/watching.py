"""Waits for the end of a run and prints each change of its tasks."""

import shlex
import sys
import time
from collections.abc import Iterator

from components.runtime.errors import InputError
from pipelines.kubeflow.overview import Overview, Sources, Task
from pipelines.store.studies import result_table
from pipelines.store.task_states import read_log

POLL_SECONDS = 10.0
PROGRESS_SECONDS = 60.0  # between two lines of progress of a task
PATIENCE_SECONDS = 600.0  # with a host or a store that is away
LOG_LINES = 20
REMEDY = "fix it and submit again, or Retry on the run's page: finished stages are cached"


def watch(sources: Sources) -> None:
    """Waits for the end of a run, prints a line for each change and the results at the end.

    Raises:
        InputError: There is no such run, or a source stays away for ten minutes.
        SystemExit: The run failed; the last line names the task, after the end of its log.
        KeyboardInterrupt: Interrupted by the user; the run continues.
    """
    overview = sources.read()
    said: dict[str, tuple[Task | None, float]] = {}
    try:
        while True:
            for line in _changes(overview, said):
                _say(line)
            if overview.has_ended:
                break
            overview = _next_overview(sources)
    except KeyboardInterrupt:
        _say(_how_to_resume(sources))
        raise
    except InputError as error:
        raise InputError(f"{error}; {_how_to_resume(sources)}") from None
    page = f": {sources.host.page(sources.run)}" if sources.host and overview.kubeflow else ""
    if not overview.has_succeeded:
        sys.exit(f"error: {sources.run}: {_failure(sources, overview)}{page}")
    print(f"{sources.run}: succeeded{page}")
    try:
        print(f"\n{result_table(sources.bucket, sources.run)}")
    except InputError as error:
        where = "in the store, and on the run's page in the summary of 'figures and report'"
        _say(f"the table of results is {where}; not shown here: {error}")


def command(name: str, **flags: str | None) -> str:
    """A command line of this program; flags without a value are left out."""
    given = [f"--{key} {shlex.quote(value)}" for key, value in flags.items() if value]
    return " ".join([f"python -m pipelines {name}", *given])


def _next_overview(sources: Sources) -> Overview:
    """The state after a pause, or as soon as the sources answer again."""
    away_since = None
    while True:
        time.sleep(POLL_SECONDS)
        try:
            return sources.read()
        except InputError as error:
            if away_since is None:
                away_since = time.monotonic()
                _say(f"{error}; trying again")
            elif time.monotonic() - away_since > PATIENCE_SECONDS:
                raise


def _changes(overview: Overview, said: dict[str, tuple[Task | None, float]]) -> Iterator[str]:
    """A line for each task whose state changed, and its progress once a minute."""
    now = time.monotonic()
    for task in overview.begun:
        before, when = said.get(task.title, (None, now))
        is_due = task.kind != "silent" and now - when > PROGRESS_SECONDS
        is_same = before and (before.kind, before.attempt) == (task.kind, task.attempt)
        if not is_same or (is_due and before and before.text != task.text):
            said[task.title] = task, now
            yield f"{task.title}: {task}"
    for note in overview.notes:
        if note not in said:
            said[note] = None, now
            yield note


def _failure(sources: Sources, overview: Overview) -> str:
    """Why the run failed and what to do; prints the end of the failed task's log."""
    failed = overview.of_kind("failed")
    was_terminated = overview.kubeflow and overview.kubeflow.was_terminated
    if was_terminated and not failed:
        return "ended without a failed task: terminated on its page: Retry there resumes it"
    if not (failed := failed or overview.of_kind("silent")):
        if overview.is_gone:
            return "not in Kubeflow, and no pod has reported for minutes: submit again"
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
    remedy = "" if first.text.endswith("submit again") else f": {REMEDY}"
    start = "terminated on its page; " if was_terminated else ""  # which fails what runs
    return f"{start}failed: {titles}: {first.text}{remedy}"


def _how_to_resume(sources: Sources) -> str:
    flags = {"store": str(sources.bucket.address)}
    if at := sources.host:
        flags = {"host": at.url, "namespace": at.namespace or "", **flags}
    return f"the run continues: {command('wait', run=sources.run, **flags)}"


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
