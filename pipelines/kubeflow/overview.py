"""The state of a run, from its store, Kubeflow and Kubernetes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from components.runtime.errors import InputError
from components.runtime.progress import duration
from pipelines.kubeflow.cluster import Pod, read_pods
from pipelines.kubeflow.host import Host, NotFoundError, Run, read_run
from pipelines.store.bucket import Bucket
from pipelines.store.studies import check_run
from pipelines.store.task_states import (
    CHECK,
    CHECK_TITLE,
    TaskState,
    read_states,
    read_tasks,
    utc_now,
)
from pipelines.study.names import task_name

SILENCE = 180.0  # seconds without a report, of which a pod writes one every half minute
Kind = Literal["not started", "waiting", "running", "silent", "done", "cached", "failed"]
LABELS = {"silent": "running"}  # of kinds that are not shown by their own name
DONE, ACTIVE = {"done", "cached"}, {"waiting", "running"}


@dataclass(frozen=True)
class Task:
    """The state of a task."""

    title: str  # its name where the title is not known
    stage: str  # in dvc.yaml; empty where not known
    kind: Kind = "not started"  # silent: it was running, but has not reported for minutes
    attempt: int = 1  # number of its pod
    seconds: float | None = None  # since it began, or that it took
    text: str = ""  # its progress, or why it waits or failed

    def __str__(self) -> str:
        taken = "" if self.seconds is None else duration(self.seconds)
        attempt = f"attempt {self.attempt}" if self.attempt > 1 else ""
        parts = filter(None, (LABELS.get(self.kind, self.kind), taken, attempt))
        return ", ".join(parts) + (f": {self.text}" if self.text else "")


@dataclass(frozen=True)
class Overview:
    """The state of a run: its tasks, its state in Kubeflow, and notes on what is not known."""

    tasks: list[Task]
    kubeflow: Run | None
    notes: list[str]
    is_gone: bool  # Kubeflow, which was asked, does not have it, and no pod reports

    def of_kind(self, *kinds: str) -> list[Task]:
        """The tasks of some kinds."""
        return [task for task in self.tasks if task.kind in kinds]

    @property
    def begun(self) -> list[Task]:
        """The tasks that have begun or whose pod waits."""
        return [task for task in self.tasks if task.kind != "not started"]

    @property
    def all_done(self) -> bool:
        """Whether all tasks are done, as far as they are known."""
        return len(self.of_kind(*DONE)) == len(self.tasks)

    @property
    def has_succeeded(self) -> bool:
        """Whether it succeeded: by Kubeflow, or without Kubeflow if all tasks are done."""
        return self.kubeflow.has_succeeded if self.kubeflow else self.all_done

    @property
    def has_ended(self) -> bool:
        """Whether it has ended; without Kubeflow, if a task failed and no other is active."""
        if self.kubeflow:
            return self.kubeflow.has_ended
        is_over = self.is_gone or bool(self.of_kind("failed"))
        return self.has_succeeded or (is_over and not self.of_kind(*ACTIVE))

    @property
    def is_explained(self) -> bool:
        """Whether its tasks or its user explain its state in Kubeflow."""
        if not self.kubeflow or self.kubeflow.was_terminated or (self.tasks and self.all_done):
            return True
        kinds = {"failed"} if self.kubeflow.has_ended else ACTIVE
        return bool(self.of_kind(*kinds))


@dataclass(frozen=True)
class Sources:
    """Where the state of a run is read: its store, Kubeflow if given, Kubernetes in a namespace."""

    run: str
    bucket: Bucket
    host: Host | None
    namespace: str

    def read(self) -> Overview:
        """Reads the state. Kubeflow first: once it reports the end, the store is complete.

        Raises:
            InputError: Kubeflow, or without it the store, is not reached or refuses, or neither
                has such a run.
        """
        kubeflow, gone = None, None
        try:
            kubeflow = read_run(self.host, self.run) if self.host else None
        except NotFoundError as error:  # deleted there, or a run of another host or of this machine
            gone = error
        titles: dict[str, str] = {}
        states: dict[str, TaskState] = {}
        notes, pods, fault = [], [], ""
        try:
            titles, states = read_record(self.bucket, self.run)
        except InputError as error:
            if not kubeflow:
                raise InputError(f"{gone}; {error}" if gone else str(error)) from None
            notes.append(f"showing Kubeflow's own state only: {error}")
        if not (kubeflow or titles):
            raise gone or InputError(
                f"{self.bucket.address}: no task of run {self.run} has begun: `python -m"
                " pipelines.store studies` lists the runs, and what was pushed, which has no tasks"
            )
        if gone:
            notes.append(f"showing what the store holds only: {gone}")
        if not (kubeflow and kubeflow.has_succeeded):
            try:
                pods = read_pods(self.run, self.namespace)
            except InputError as error:
                fault = str(error)
        is_over = kubeflow is not None and kubeflow.has_ended
        tasks = list(_tasks(titles, states, pods, is_over=is_over))
        is_gone = gone is not None and all(_silence(each) > SILENCE for each in states.values())
        overview = Overview(tasks, kubeflow, notes, is_gone)
        if fault and kubeflow and not (notes or overview.is_explained):
            notes.append(f"no task is active, reason unknown: {fault}")
        return overview


def read_record(bucket: Bucket, run: str) -> tuple[dict[str, str], dict[str, TaskState]]:
    """Titles of a run's tasks, and states of those that have begun, by stage.

    Raises:
        InputError: The id is invalid, a file is damaged, or the store is not reached or refuses.
    """
    check_run(run)
    # Before the titles, which are written before the first task is done.
    states = read_states(bucket, run)
    titles = read_tasks(bucket, run)
    known = {CHECK: CHECK_TITLE, **titles}
    return {stage: known.get(stage, stage) for stage in [*titles, *states]}, states


def _tasks(
    titles: dict[str, str], states: dict[str, TaskState], pods: list[Pod], *, is_over: bool
) -> Iterator[Task]:
    """All tasks, each from its latest source; pods of unknown tasks if they failed or wait."""
    stages = {task_name(title): stage for stage, title in titles.items()}
    stages |= {state.pod: stage for stage, state in states.items()}
    # Nodes of a job wait for each other, so one that waits is what counts.
    pods = sorted(pods, key=lambda pod: pod.is_node and pod.phase == "Pending" and bool(pod.reason))
    newest = {stages.get(pod.name) or stages.get(pod.task, pod.task): pod for pod in pods}
    for name in dict.fromkeys([*titles, *newest]):
        title, state, pod = titles.get(name, name), states.get(name), newest.get(name)
        if pod and _is_newer(pod, state):
            stage = name if name in titles else ""
            kind: Kind = "failed" if pod.phase == "Failed" else "waiting"
            is_next = not pod.is_node and state is not None and not _has_reported(pod, state)
            attempt = (state.attempt if state else 1) + is_next
            yield Task(title, stage, kind, attempt, text=pod.fault(stage))
        elif state:
            yield _from_report(state, title=title, is_over=is_over)
        elif name in titles:
            yield Task(title, name)


def _is_newer(pod: Pod, state: TaskState | None) -> bool:
    """Whether a task's newest pod waits or failed after the task's own last report."""
    if not pod.reason or (state and state.state in DONE):
        return False
    is_told = state is not None and (state.state == "running" or pod.reason == "Error")
    if pod.is_node and pod.phase == "Failed" and is_told:
        return False  # its job begins anew, or its task reports more than an exit code
    if state and _has_reported(pod, state):
        return state.state == "running" and pod.phase == "Failed"
    return state is None or pod.created > state.began


def _has_reported(pod: Pod, state: TaskState) -> bool:
    """Whether a report is a pod's: Retry on the run's page gives the next pod the same name."""
    return pod.name == state.pod and pod.created <= state.updated


def _from_report(state: TaskState, *, title: str, is_over: bool) -> Task:
    """A task from the last report of its pod."""
    kind: Kind = state.state
    silence = _silence(state)
    text = {"running": state.progress, "failed": state.error}.get(kind, "")
    until = state.ended or utc_now()
    if kind == "running" and (is_over or silence > SILENCE):
        kind, until = "silent", state.updated
        text = f"no report for {duration(silence)}: its pod may be gone"
        if is_over:
            text = f"its pod ended without a report after {until:%H:%M} UTC"
    return Task(
        title, state.stage, kind, state.attempt, (until - state.began).total_seconds(), text
    )


def _silence(state: TaskState) -> float:
    """Seconds since a task's last report."""
    return (utc_now() - state.updated).total_seconds()
