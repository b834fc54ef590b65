"""What a run's tasks do: their titles, states and logs, beside the run's study in the store."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, Self, get_args

from pipelines.dvc.lock_entries import DamagedError
from pipelines.store.bucket import Bucket
from pipelines.store.layout import log_key, stage_of, study_key, task_key, tasks_key

State = Literal["running", "done", "cached", "failed"]
CHECK, CHECK_TITLE = "check-study", "check the study"  # the task before all stages


@dataclass(frozen=True)
class TaskState:
    """A task of a run.

    Attributes:
        stage: Its stage in dvc.yaml, training@gpt2-neuro say, or `check-study`.
        state: What it does: `running`; or how it ended: `done`, `cached` (its result was in the
            store, nothing was executed), `failed`.
        attempt: Number of its pod, from 1.
        began: When its pod began.
        updated: When its pod last wrote this.
        ended: When it ended.
        pod: Name of its pod.
        node: Name of the pod's node.
        image: Name, version and revision of the pod's image.
        progress: The last line that it printed of its progress.
        error: The line that says why it failed.
    """

    stage: str
    state: State
    attempt: int
    began: datetime
    updated: datetime
    ended: datetime | None = None
    pod: str = ""
    node: str = ""
    image: str = ""
    progress: str = ""
    error: str = ""

    def now(self, **changes: Any) -> Self:  # noqa: ANN401
        """The state with some changes, as it is at this moment."""
        return replace(self, updated=utc_now(), **changes)


def utc_now() -> datetime:
    """The time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def write_tasks(bucket: Bucket, run: str, titles: Mapping[str, str]) -> None:
    """Writes the titles of a run's tasks by stage, in the order of the graph."""
    content = json.dumps(dict(titles), ensure_ascii=False, indent=1)
    bucket.write(tasks_key(run), content.encode())


def read_tasks(bucket: Bucket, run: str) -> dict[str, str]:
    """The titles of a run's tasks by stage, in the order of the graph; none if none were written.

    Raises:
        DamagedError: They are damaged.
    """
    content = bucket.read(tasks_key(run))
    titles = _json(content or b"{}", where=f"{bucket.address}/{tasks_key(run)}")
    return {str(stage): str(title) for stage, title in titles.items()}


def write_state(bucket: Bucket, run: str, state: TaskState) -> None:
    """Writes the state of a task in the place of the one before."""
    times = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(state).items()
    }
    content = json.dumps(times, ensure_ascii=False, indent=1).encode()
    bucket.write(task_key(run, state.stage), content)


def read_state(bucket: Bucket, run: str, stage: str) -> TaskState | None:
    """The state of a task, or nothing if it never began.

    Raises:
        DamagedError: It is damaged.
    """
    key = task_key(run, stage)
    content = bucket.read(key)
    return _state(content, where=f"{bucket.address}/{key}") if content else None


def read_states(bucket: Bucket, run: str) -> dict[str, TaskState]:
    """The states of the tasks that have begun, by stage.

    Raises:
        DamagedError: One is damaged.
    """
    stages = [stage_of(each.key) for each in bucket.listed(study_key(run, "tasks/"))]
    states = {stage: read_state(bucket, run, stage) for stage in stages}
    return {stage: state for stage, state in states.items() if state}


def write_log(bucket: Bucket, run: str, stage: str, *, attempt: int, content: bytes) -> None:
    """Writes what a pod printed so far."""
    bucket.write(log_key(run, stage, attempt=attempt), content)


def read_log(bucket: Bucket, run: str, stage: str, *, attempt: int) -> str | None:
    """What a pod printed, or nothing if it has written no log."""
    content = bucket.read(log_key(run, stage, attempt=attempt))
    return None if content is None else content.decode(errors="replace")


def _json(content: bytes, *, where: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise DamagedError(f"{where}: found other text, expected JSON")
    return found


def _state(content: bytes, *, where: str) -> TaskState:
    found = _json(content, where=where)
    try:
        times = {
            name: value if value is None else datetime.fromisoformat(value)
            for name, value in found.items()
            if name in ("began", "updated", "ended")
        }
        state = TaskState(**{**found, **times})
    except (TypeError, ValueError):
        raise DamagedError(f"{where}: found other keys or times, expected a task's state") from None
    if state.state not in get_args(State):
        raise DamagedError(
            f"{where}: found state '{state.state}', expected one of {get_args(State)}"
        )
    return state
