"""Runs of the study: their state, their logs, their end."""

import os
from collections.abc import Iterator
from pathlib import Path

from components.errors import InputError
from pipelines.kubeflow.host import ENDPOINT, Host, Run, connect, read_run
from pipelines.kubeflow.overview import DONE, Overview, look_over
from pipelines.kubeflow.record import Record, read_record, unknown_run
from pipelines.kubeflow.watching import Watch
from pipelines.store.address import address_of
from pipelines.store.bucket import Bucket
from pipelines.store.task_states import read_log

NUM_NAMED = 3  # of the tasks that have not started


def status(
    *,
    run: str,
    store: str | None = None,
    host: str | None = None,
    namespace: str | None = None,
) -> None:
    """Shows the state of a run: a line for each task that has begun or waits.

    Args:
        run: The run's id.
        store: URL of the store, s3://bucket/prefix; by default the run's own as Kubeflow tells
            it, else the DVC remote of this checkout.
        host: URL of Kubeflow Pipelines; by default KF_PIPELINES_ENDPOINT. Without one, the store
            tells what it has.
        namespace: Namespace of the run's pods; by default that of its experiment.

    Raises:
        InputError: Neither the host nor the store tells of such a run.
    """
    at, kubeflow, record = None, None, Record()
    notes = []
    try:
        if at := _host(host, namespace):
            kubeflow = read_run(at, run)
    except InputError as error:
        notes.append(f"Kubeflow says nothing: {error}")
    try:
        bucket = _bucket(store, kubeflow)
        record = read_record(bucket, run)
        if not record and not kubeflow:
            notes.append(str(unknown_run(bucket, run)))
    except InputError as error:
        notes.append(f"only what Kubeflow says can be told: {error}" if kubeflow else str(error))
    if not kubeflow and not record:
        raise InputError("; ".join(notes))
    overview = look_over(run, record=record, kubeflow=kubeflow, namespace=namespace)
    page = f": {at.page(run)}" if at and kubeflow else ""
    print("\n".join([f"{run}: {_state(overview)}{page}", *_rows(overview), *notes]))  # noqa: T201


def logs(*, run: str, task: str, attempt: int | None = None, store: str | None = None) -> None:
    """Shows the log of a run's task, from the store.

    Args:
        run: The run's id.
        task: The task's title as `status` shows it, or the name of its stage or of its task.
        attempt: Number of its pod, from 1; by default the newest.
        store: URL of the store, s3://bucket/prefix; by default the DVC remote of this checkout.

    Raises:
        InputError: There is no such run, task or attempt, or the store is not reached or refuses.
    """
    bucket = _bucket(store, None)
    record = read_record(bucket, run)
    if not record:
        raise unknown_run(bucket, run)
    stage = next((each for each in record.states if task in record.names(each)), None)
    if stage is None:
        begun = ", ".join(record.states) or "none: no task has begun"
        raise InputError(f"task: found '{task}', expected one that has begun: {begun}")
    newest = record.states[stage].attempt
    log = read_log(bucket, run, stage, attempt=attempt or newest)
    if log is None:
        raise InputError(f"{task}: found no log of attempt {attempt or newest}: there are {newest}")
    print(log, end="" if log.endswith("\n") else "\n")  # noqa: T201


def wait(
    *,
    run: str,
    store: str | None = None,
    host: str | None = None,
    namespace: str | None = None,
) -> None:
    """Waits for the end of a run, a line for each change; ends with its results.

    Ctrl-C leaves the run going. A host or a store that is away is asked again for ten minutes.

    Args:
        run: The run's id.
        store: URL of the store, s3://bucket/prefix; by default the run's own as Kubeflow tells
            it, else the DVC remote of this checkout.
        host: URL of Kubeflow Pipelines; by default KF_PIPELINES_ENDPOINT. Without one, the run
            ends when all tasks are done, or one failed and no other goes on.
        namespace: Namespace of the run's pods; by default that of its experiment.

    Raises:
        InputError: There is no such run, or the host or the store is away for long or refuses.
        SystemExit: The run failed; its last line names the task, after the end of its log.
    """
    at = _host(host, namespace)
    bucket = _bucket(store, read_run(at, run) if at and not store else None)
    Watch(run, bucket, at, namespace).until_end()


def _host(host: str | None, namespace: str | None) -> Host | None:
    """The host that is given, or that the environment names, or none."""
    return connect(host, namespace) if host or os.environ.get(ENDPOINT) else None


def _bucket(store: str | None, kubeflow: Run | None) -> Bucket:
    """The store that is given, or the run's own, or this checkout's."""
    return Bucket(address_of(store or (kubeflow.store if kubeflow else None), root=Path()))


def _state(overview: Overview) -> str:
    """What a run does: Kubeflow's word, and how many tasks are done."""
    tasks = overview.tasks
    num_done = sum(task.kind in DONE for task in tasks)
    done = f"{num_done} of {len(tasks) + len(overview.not_started)} tasks done"
    word = overview.kubeflow.state.lower() if overview.kubeflow else ""
    return ", ".join(filter(None, (word, done if overview.record else "")))


def _rows(overview: Overview) -> Iterator[str]:
    """A line for each task that has begun or waits, one for the others, and what is not known."""
    tasks, titles = overview.tasks, overview.not_started
    width = max((len(task.title) for task in tasks), default=0)
    for task in tasks:
        yield f"{task.title:{width}}  {task}"
    if titles:
        more = f" (and {len(titles) - NUM_NAMED} more)" if len(titles) > NUM_NAMED else ""
        yield f"not started: {', '.join(titles[:NUM_NAMED])}{more}"
    if overview.unasked and overview.is_unexplained:
        yield f"why is not known: {overview.unasked}"
