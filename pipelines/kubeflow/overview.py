"""What is known of a run: by its store, by Kubeflow, by Kubernetes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from components.runtime.errors import InputError
from components.runtime.progress import duration
from pipelines.kubeflow.cluster import Pod, read_pods
from pipelines.kubeflow.host import Host, Run, read_run
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
from pipelines.study.params import task_name

SILENCE = 180.0  # seconds; a pod reports each half minute
Kind = Literal["not started", "waits", "running", "silent", "done", "cached", "failed"]
WORDS = {"silent": "running", "cached": "from store"}  # other kinds go by their own name
DONE, GOING_ON = {"done", "cached"}, {"waits", "running"}


@dataclass(frozen=True)
class Task:
    """A task at a moment.

    Attributes:
        title: Its title; where it is not known, its name.
        stage: Its stage in dvc.yaml; empty where it is not known.
        kind: What it does. A silent one wrote that it runs, and nothing more for long.
        attempt: Number of its pod, from 1.
        seconds: How long it took or has taken, if it has begun.
        text: Its progress, or why it waits or failed.
    """

    title: str
    stage: str
    kind: Kind = "not started"
    attempt: int = 1
    seconds: float | None = None
    text: str = ""

    def __str__(self) -> str:
        spent = "" if self.seconds is None else duration(self.seconds)
        attempt = f"attempt {self.attempt}" if self.attempt > 1 else ""
        parts = filter(None, (WORDS.get(self.kind, self.kind), spent, attempt))
        return ", ".join(parts) + (f": {self.text}" if self.text else "")


@dataclass(frozen=True)
class Overview:
    """A run at a moment: its tasks, what Kubeflow says, and notes of what is not known and why."""

    tasks: list[Task]
    kubeflow: Run | None
    notes: list[str]

    def of_kind(self, *kinds: str) -> list[Task]:
        """The tasks that do one of some things."""
        return [task for task in self.tasks if task.kind in kinds]

    @property
    def begun(self) -> list[Task]:
        """The tasks that have begun or wait."""
        return [task for task in self.tasks if task.kind != "not started"]

    @property
    def has_succeeded(self) -> bool:
        """Whether it ended well: Kubeflow says so, or without one all tasks are done."""
        if self.kubeflow:
            return self.kubeflow.has_succeeded
        return len(self.of_kind(*DONE)) == len(self.tasks)

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen; without Kubeflow, one failed and no other goes on."""
        if self.kubeflow:
            return self.kubeflow.has_ended
        return self.has_succeeded or bool(self.of_kind("failed") and not self.of_kind(*GOING_ON))


@dataclass(frozen=True)
class Sources:
    """Who tells of a run: its store, its Kubeflow if there is one, Kubernetes in a namespace."""

    run: str
    bucket: Bucket
    host: Host | None
    namespace: str

    def look(self) -> Overview:
        """What is known now. Kubeflow first: when it says that the run ended, all is written.

        Raises:
            InputError: Kubeflow, or without it the store, is not reached or refuses, or there is no
                such run.
        """
        kubeflow = read_run(self.host, self.run) if self.host else None
        titles: dict[str, str] = {}
        states: dict[str, TaskState] = {}
        notes, pods, unasked = [], [], ""
        try:
            titles, states = read_record(self.bucket, self.run)
        except InputError as error:
            if not kubeflow:
                raise
            notes.append(f"only what Kubeflow says can be told: {error}")
        if not (kubeflow or titles):
            expected = "one that `python -m pipelines.store studies` lists"
            raise InputError(f"{self.bucket.address}: no run {self.run}, expected {expected}")
        if not (kubeflow and kubeflow.has_succeeded):
            try:
                pods = read_pods(self.run, self.namespace)
            except InputError as error:
                unasked = f"no task goes on, why is not known: {error}"
        is_over = kubeflow is not None and kubeflow.has_ended
        overview = Overview(list(_tasks(titles, states, pods, is_over=is_over)), kubeflow, notes)
        explained = overview.of_kind("failed") if is_over else overview.of_kind(*GOING_ON)
        all_done = bool(titles) and len(overview.of_kind(*DONE)) == len(overview.tasks)
        if unasked and kubeflow and not (kubeflow.was_terminated or explained or all_done or notes):
            notes.append(unasked)
        return overview


def read_record(bucket: Bucket, run: str) -> tuple[dict[str, str], dict[str, TaskState]]:
    """Titles of a run's tasks, and the states of those that have begun, by stage.

    Raises:
        InputError: The id is none, something is damaged, or the store is not reached or refuses.
    """
    check_run(run)
    states = read_states(bucket, run)  # before the titles, which are there when a task is done
    titles = read_tasks(bucket, run)
    known = {CHECK: CHECK_TITLE, **titles}
    return {stage: known.get(stage, stage) for stage in [*titles, *states]}, states


def _tasks(
    titles: dict[str, str], states: dict[str, TaskState], pods: list[Pod], *, is_over: bool
) -> Iterator[Task]:
    """All tasks, each by whom said the last of it; of pods of other tasks, those with a fault."""
    stages = {task_name(title): stage for stage, title in titles.items()}
    stages |= {state.pod: stage for stage, state in states.items()}
    newest = {stages.get(pod.name) or stages.get(pod.task, pod.task): pod for pod in pods}
    for name in dict.fromkeys([*titles, *newest]):
        title, state, pod = titles.get(name, name), states.get(name), newest.get(name)
        if pod and _is_news(pod, state):
            stage = name if name in titles else ""
            kind: Kind = "failed" if pod.phase == "Failed" else "waits"
            attempt = state.attempt + (pod.name != state.pod) if state else 1
            yield Task(title, stage, kind, attempt, text=pod.fault(stage))
        elif state:
            yield _by_state(state, title=title, is_over=is_over)
        elif name in titles:
            yield Task(title, name)


def _is_news(pod: Pod, state: TaskState | None) -> bool:
    """Whether a task's newest pod has a fault that came after the task's own last word."""
    if not pod.reason or (state and state.state in DONE):
        return False
    if state and pod.name == state.pod:
        return state.state == "running" and pod.phase == "Failed"
    return state is None or pod.made > state.began


def _by_state(state: TaskState, *, title: str, is_over: bool) -> Task:
    """A task by what its pod wrote last."""
    kind: Kind = state.state
    silence = (utc_now() - state.updated).total_seconds()
    text = {"running": state.progress, "failed": state.error}.get(kind, "")
    until = state.ended or utc_now()
    if kind == "running" and (is_over or silence > SILENCE):
        kind, until = "silent", state.updated
        text = f"no word for {duration(silence)}: its pod may be gone"
        if is_over:
            text = f"its pod ended without a word after {until:%H:%M} UTC"
    return Task(
        title, state.stage, kind, state.attempt, (until - state.began).total_seconds(), text
    )
