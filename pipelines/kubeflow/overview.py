"""What is known of a run: by the store, by Kubeflow, by Kubernetes."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from components.errors import InputError
from pipelines.kubeflow.cluster import Pod, read_pods
from pipelines.kubeflow.host import INSTALLATION, Run
from pipelines.kubeflow.record import Record
from pipelines.store.task_states import TaskState, utc_now

SILENCE = timedelta(minutes=3)  # a pod reports each half minute
MINUTE = timedelta(minutes=1)
Kind = Literal["starts", "waits", "running", "silent", "done", "cached", "failed"]
WORDS = {"silent": "running", "cached": "from store"}  # other kinds go by their own name
DONE, GOING_ON = {"done", "cached"}, {"starts", "waits", "running"}


@dataclass(frozen=True)
class Task:
    """A task that has begun, or whose pod waits.

    Attributes:
        title: Its title.
        stage: Its stage in dvc.yaml; empty where it is not known.
        kind: What it does. A silent one wrote that it runs, and nothing more for long.
        attempt: Number of its pod, from 1.
        duration: How long it took or has taken, if it has begun.
        text: Its progress, or why it waits or failed.
    """

    title: str
    stage: str
    kind: Kind
    attempt: int = 1
    duration: timedelta | None = None
    text: str = ""

    def __str__(self) -> str:
        attempt = f"attempt {self.attempt}" if self.attempt > 1 else ""
        parts = filter(None, (WORDS.get(self.kind, self.kind), _spoken(self.duration), attempt))
        return ", ".join(parts) + (f": {self.text}" if self.text else "")


@dataclass(frozen=True)
class Overview:
    """A run at a moment.

    Attributes:
        record: What the store has of it.
        kubeflow: What Kubeflow says of it, where it was asked.
        pods: Its pods, where Kubernetes was asked; the newest last.
        unasked: Why Kubernetes was not asked, or gave no answer.
    """

    record: Record
    kubeflow: Run | None = None
    pods: tuple[Pod, ...] = ()
    unasked: str = ""

    @property
    def tasks(self) -> list[Task]:
        """The tasks that have begun or wait, in the order of the graph."""
        pods = self._newest_pods()
        names = dict.fromkeys([*self.record.stages, *pods])
        return [task for name in names if (task := self._task(name, pods.get(name)))]

    @property
    def not_started(self) -> list[str]:
        """The titles of the other tasks."""
        begun = {task.stage for task in self.tasks}
        return [title for stage, title in self.record.titles.items() if stage not in begun]

    @property
    def is_complete(self) -> bool:
        """Whether all tasks are done."""
        all_have_begun = bool(self.record.titles) and not self.not_started
        return all_have_begun and all(task.kind in DONE for task in self.tasks)

    @property
    def has_failed(self) -> bool:
        """Whether a task failed and no other goes on."""
        kinds = {task.kind for task in self.tasks}
        return "failed" in kinds and not kinds & GOING_ON

    @property
    def is_unexplained(self) -> bool:
        """Whether the run lives but no task goes on, or it failed and no task says why."""
        if not self.kubeflow or self.kubeflow.has_succeeded or self.kubeflow.was_terminated:
            return False
        telling = {"failed"} if self.kubeflow.has_ended else GOING_ON
        return not self.is_complete and not any(task.kind in telling for task in self.tasks)

    def _task(self, name: str, pod: Pod | None) -> Task | None:
        """A task by its stage, or by what its pod calls it, if it has begun or waits."""
        record = self.record
        state = record.states.get(name)
        title, stage = record.title(name), name if name in record.stages else ""
        if pod and _is_news(pod, state):
            return _by_pod(pod, state, title=title, stage=stage)
        if state:
            return self._by_state(state, pod, title=title)
        return Task(title, stage, "done") if name in record.noted else None

    def _by_state(self, state: TaskState, pod: Pod | None, *, title: str) -> Task:
        """A task by what its pod wrote last."""
        kind: Kind = state.state
        until = state.ended or utc_now()
        text = {"running": state.progress, "failed": state.error}.get(kind, "")
        silence = utc_now() - state.updated
        is_over = self.kubeflow is not None and self.kubeflow.has_ended
        if kind == "running" and (is_over or silence > SILENCE):
            kind, until = "silent", state.updated
            runs = pod is not None and pod.name == state.pod and pod.phase == "Running"
            why = "its pod runs, the store may be away from it" if runs else "its pod may be gone"
            text = f"no word for {silence // MINUTE} min: {why}"
            if is_over:
                text = f"its pod ended without a word after {until:%H:%M} UTC"
        return Task(title, state.stage, kind, state.attempt, until - state.began, text)

    def _newest_pods(self) -> dict[str, Pod]:
        """The newest pod of each task, by its stage where that is known, else by its own name."""
        record = self.record
        stages = {name: stage for stage in record.stages for name in record.names(stage)}
        stages |= {state.pod: stage for stage, state in record.states.items() if state.pod}
        return {
            stages.get(pod.name) or stages.get(pod.task) or pod.task: pod
            for pod in self.pods
            if pod.component or pod.fault()  # of drivers, which have none, those with a fault
        }


def look_over(run: str, *, record: Record, kubeflow: Run | None, namespace: str | None) -> Overview:
    """What is known of a run, its pods too if it has not succeeded and Kubernetes tells of them.

    Args:
        run: Its id.
        record: What the store has of it.
        kubeflow: What Kubeflow says of it, where it was asked.
        namespace: Where its pods are, if Kubeflow does not say.
    """
    if kubeflow.has_succeeded if kubeflow else Overview(record).is_complete:
        return Overview(record, kubeflow)
    place = namespace or (kubeflow.namespace if kubeflow else INSTALLATION)
    try:
        return Overview(record, kubeflow, tuple(read_pods(run, place)))
    except InputError as error:
        return Overview(record, kubeflow, unasked=str(error))


def _is_news(pod: Pod, state: TaskState | None) -> bool:
    """Whether a task's newest pod says more than the task's own last word."""
    if pod.phase == "Succeeded" or (state and state.state in DONE):
        return False
    if state is None:
        return True
    if pod.name == state.pod:
        return state.state == "running" and pod.phase == "Failed"
    return pod.made > state.began


def _by_pod(pod: Pod, state: TaskState | None, *, title: str, stage: str) -> Task:
    """A task by its newest pod."""
    text = pod.fault(stage)
    kind: Kind = "failed" if pod.phase == "Failed" else "waits" if text else "starts"
    if kind == "failed" and not (state and state.pod == pod.name):
        text += f": nothing of it is in the store: kubectl logs -n {pod.namespace} {pod.name}"
    attempt = state.attempt + (pod.name != state.pod) if state else 1
    return Task(title, stage, kind, attempt, text=text)


def _spoken(duration: timedelta | None) -> str:
    """A duration in words: 45 s, 12 min, 3 h 5 min."""
    if duration is None:
        return ""
    minutes, seconds = divmod(int(duration.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{seconds} s"
