"""Runs of the study on Kubeflow Pipelines: their state, their logs, their end."""

from pipelines.runs.host import connect
from pipelines.runs.pods import read_log
from pipelines.runs.state import look
from pipelines.runs.watching import watch


def status(*, run: str, host: str | None = None, namespace: str | None = None) -> None:
    """Shows the state of a run and of its tasks that have begun.

    Args:
        run: The run's id.
        host: The host's URL; by default KF_PIPELINES_ENDPOINT. Its token is KFP_TOKEN's, or that
            of the pod's service account.
        namespace: The namespace of the run's pods; by default that of its experiment.

    Raises:
        InputError: There is no such run, or the host is not reached or refuses.
    """
    at = connect(host, namespace)
    found = look(at, run)
    width = max((len(task.name) for task in found.tasks), default=0)
    for task in found.tasks:
        print(f"{task.name:{width}}  {task.state.lower()}")  # noqa: T201
    print(f"run: {found.state.lower()}\npage: {at.page(run)}")  # noqa: T201


def logs(*, run: str, task: str, host: str | None = None, namespace: str | None = None) -> None:
    """Shows the log of a run's task: of its newest pod, live or from the archive.

    Args:
        run: The run's id.
        task: The task's name, as `status` shows it.
        host: The host's URL; by default KF_PIPELINES_ENDPOINT. Its token is KFP_TOKEN's, or that
            of the pod's service account.
        namespace: The namespace of the run's pods; by default that of its experiment.

    Raises:
        InputError: There is no such run or task, or the host is not reached or refuses.
    """
    at = connect(host, namespace)
    found = look(at, run)
    print(read_log(at, found, found.task(task)))  # noqa: T201


def wait(*, run: str, host: str | None = None, namespace: str | None = None) -> None:
    """Waits for the end of a run, a line for each task that changes; ends with its results.

    The table of results comes from the store, whose endpoint and keys the environment holds.
    Ctrl-C leaves the run going.

    Args:
        run: The run's id.
        host: The host's URL; by default KF_PIPELINES_ENDPOINT. Its token is KFP_TOKEN's, or that
            of the pod's service account.
        namespace: The namespace of the run's pods; by default that of its experiment.

    Raises:
        InputError: There is no such run, or the host is away for ten minutes or refuses.
        SystemExit: The run failed; its last line names the task, after the end of its log.
    """
    watch(connect(host, namespace), run)
