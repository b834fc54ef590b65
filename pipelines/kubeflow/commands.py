"""Commands about a run: its status, its logs, and waiting for its end."""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from components.runtime.errors import InputError

if TYPE_CHECKING:
    from pipelines.kubeflow.host import Host
    from pipelines.kubeflow.overview import Sources
    from pipelines.store.bucket import Bucket

NAMESPACE = "kubeflow"  # of pods where users have no namespaces of their own
NUM_NAMED = 3  # tasks that have not started


def status(
    *,
    run: str,
    store: str | None = None,
    host: str | None = None,
    namespace: str | None = None,
) -> None:
    """Shows the status of a run: a line for each task that has begun or waits.

    Args:
        run: Id of the run.
        store: URL of the store, s3://bucket/prefix; by default the run's own, from Kubeflow, or
            else the DVC remote of this checkout.
        host: URL of Kubeflow Pipelines; by default KF_PIPELINES_ENDPOINT. Without a host, the
            status is read from the store alone.
        namespace: Namespace of the run's pods, by default kubeflow; required by hosts that serve
            several users.

    Raises:
        InputError: Neither host nor store has such a run, or the host, or without one the store,
            is not reached or refuses.
    """
    from pipelines.kubeflow.overview import DONE

    sources = _sources(run, store=store, host=host, namespace=namespace)
    overview = sources.read()
    begun, kubeflow = overview.begun, overview.kubeflow
    terminated = " (terminated on its page)" if kubeflow and kubeflow.was_terminated else ""
    state = [kubeflow.state.lower() + terminated] if kubeflow else []
    if overview.tasks:
        state.append(f"{len(overview.of_kind(*DONE))} of {len(overview.tasks)} tasks done")
    page = f": {sources.host.page(run)}" if sources.host and kubeflow else ""
    print(f"{run}: {', '.join(state)}{page}")
    width = max((len(task.title) for task in begun), default=0)
    for task in begun:
        print(f"{task.title:{width}}  {task}")
    if others := [task.title for task in overview.of_kind("not started")]:
        more = f" (and {len(others) - NUM_NAMED} more)" if len(others) > NUM_NAMED else ""
        print(f"not started: {', '.join(others[:NUM_NAMED])}{more}")
    print(*overview.notes, sep="\n", end="\n" if overview.notes else "")


def logs(
    *,
    run: str,
    task: str,
    attempt: int | None = None,
    store: str | None = None,
    host: str | None = None,
    namespace: str | None = None,
) -> None:
    """Shows the log of a task, from the store.

    Args:
        run: Id of the run.
        task: Title of the task as `status` shows it, or the name of its stage.
        attempt: Number of the pod, from 1; by default the newest.
        store: URL of the store, s3://bucket/prefix; by default the run's own, from Kubeflow, or
            else the DVC remote of this checkout.
        host: URL of Kubeflow Pipelines; by default KF_PIPELINES_ENDPOINT. It is asked for the
            run's store only.
        namespace: Namespace of the run's pods; required by hosts that serve several users.

    Raises:
        InputError: There is no such run, task or attempt, or the host or the store is not reached
            or refuses.
    """
    from pipelines.kubeflow.overview import read_record
    from pipelines.store.task_states import read_log

    at = None if store else _host(host, namespace)
    bucket = _bucket(run, store=store, at=at)
    titles, states = read_record(bucket, run)
    stage = next((each for each in states if task in (each, titles[each])), None)
    if stage is None:
        begun = ", ".join(states) or f"none of run {run} has, in {bucket.address}"
        raise InputError(f"task: found '{task}', expected one that has begun: {begun}")
    newest = states[stage].attempt
    attempt = newest if attempt is None else attempt
    if not 1 <= attempt <= newest:
        raise InputError(f"--attempt: found {attempt}, expected 1 to {newest}")
    log = read_log(bucket, run, stage, attempt=attempt)
    if log is None:
        raise InputError(
            f"{task}: attempt {attempt} has no log: a pod writes it every 30 seconds, and at its"
            " end unless it is killed"
        )
    print(log, end="" if log.endswith("\n") else "\n")


def wait(
    *,
    run: str,
    store: str | None = None,
    host: str | None = None,
    namespace: str | None = None,
) -> None:
    """Waits for the end of a run, prints each change, and the results at the end.

    Ctrl-C stops waiting and not the run. A host or a store that is away is tried for ten minutes.

    Args:
        run: Id of the run.
        store: URL of the store, s3://bucket/prefix; by default the run's own, from Kubeflow, or
            else the DVC remote of this checkout.
        host: URL of Kubeflow Pipelines; by default KF_PIPELINES_ENDPOINT. Without a host, the run
            has ended when all tasks are done, or one failed and no other is active.
        namespace: Namespace of the run's pods, by default kubeflow; required by hosts that serve
            several users.

    Raises:
        InputError: There is no such run, or the host or the store is away for long or refuses.
        SystemExit: The run failed; the last line names the task, after the end of its log.
    """
    from pipelines.kubeflow.watching import watch

    watch(_sources(run, store=store, host=host, namespace=namespace))


def _sources(run: str, *, store: str | None, host: str | None, namespace: str | None) -> "Sources":
    """Where a run is read: the store, and a host that a flag or the environment names."""
    from pipelines.kubeflow.overview import Sources

    at = _host(host, namespace)
    bucket = _bucket(run, store=store, at=at)
    return Sources(run, bucket, at, (at.namespace if at else namespace) or NAMESPACE)


def _host(host: str | None, namespace: str | None) -> "Host | None":
    """The host that a flag or the environment names, if one does."""
    from pipelines.kubeflow.host import ENDPOINT, connect

    return connect(host, namespace) if host or os.environ.get(ENDPOINT) else None


def _bucket(run: str, *, store: str | None, at: "Host | None") -> "Bucket":
    """The store that a flag names, or else a run's own, or else that of this checkout."""
    from pipelines.dvc.remote import address_of
    from pipelines.kubeflow.host import NotFoundError, read_run
    from pipelines.store.bucket import Bucket

    if at and not store:
        with suppress(NotFoundError):
            store = read_run(at, run).store
    return Bucket(address_of(store, root=Path()))
