"""The titles, states and logs of a run's tasks, beside the run's study in the store."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, TypeAdapter, ValidationError

from components.runtime.errors import printable
from pipelines.dvc.lock_entries import DamagedError
from pipelines.store.bucket import Bucket
from pipelines.store.layout import log_key, stage_of, study_key, task_key, tasks_key

State = Literal["running", "done", "cached", "failed"]
Text = Annotated[str, AfterValidator(printable)]  # is shown on terminals
CHECK, CHECK_TITLE = "check-study", "check the study"  # the task before all stages


@dataclass(frozen=True)
class TaskState:
    """A task of a run, as its pod reports it."""

    stage: str  # in dvc.yaml, training@gpt2-neuro say, or `check-study`
    state: State  # `cached`: its result was in the store, nothing was executed
    attempt: int  # number of its pod, from 1
    began: datetime
    updated: datetime  # when its pod last wrote this
    ended: datetime | None = None
    pod: Text = ""  # its name
    node: Text = ""
    image: Text = ""  # name, version and revision
    progress: Text = ""  # the last line that it printed of its progress
    error: Text = ""  # the message, if it failed

    def now(self, **changes: Any) -> Self:  # noqa: ANN401
        """The state with some changes, updated now."""
        return replace(self, updated=utc_now(), **changes)


STATE, TITLES = TypeAdapter(TaskState), TypeAdapter(dict[str, Text])
Read = TypeVar("Read")


def utc_now() -> datetime:
    """The time, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def write_tasks(bucket: Bucket, run: str, titles: Mapping[str, str]) -> None:
    """Writes the titles of a run's tasks by stage, in the order of the graph."""
    bucket.write(tasks_key(run), TITLES.dump_json(dict(titles), indent=1))


def read_tasks(bucket: Bucket, run: str) -> dict[str, str]:
    """The titles of a run's tasks by stage, in the order of the graph; none if none were written.

    Raises:
        DamagedError: They are damaged.
    """
    return _read(TITLES, bucket, tasks_key(run)) or {}


def write_state(bucket: Bucket, run: str, state: TaskState) -> None:
    """Writes the state of a task over the previous one."""
    bucket.write(task_key(run, state.stage), STATE.dump_json(state, indent=1))


def read_state(bucket: Bucket, run: str, stage: str) -> TaskState | None:
    """The state of a task, or None if it never began.

    Raises:
        DamagedError: It is damaged.
    """
    return _read(STATE, bucket, task_key(run, stage))


def read_states(bucket: Bucket, run: str) -> dict[str, TaskState]:
    """The states of the tasks that have begun, by stage.

    Raises:
        DamagedError: One is damaged.
    """
    stages = [stage_of(each.key) for each in bucket.listed(study_key(run, "tasks/"))]
    states = {stage: read_state(bucket, run, stage) for stage in stages}
    return {stage: state for stage, state in states.items() if state}


def write_log(bucket: Bucket, run: str, stage: str, *, attempt: int, content: bytes) -> None:
    """Writes the output of a pod so far."""
    bucket.write(log_key(run, stage, attempt=attempt), content)


def read_log(bucket: Bucket, run: str, stage: str, *, attempt: int) -> str | None:
    """The output of a pod, or None if it has written no log."""
    content = bucket.read(log_key(run, stage, attempt=attempt))
    return None if content is None else printable(content.decode(errors="replace"))


def _read(form: TypeAdapter[Read], bucket: Bucket, key: str) -> Read | None:
    """The content of an object, or None if there is no such object."""
    content = bucket.read(key)
    try:
        return None if content is None else form.validate_json(content)
    except ValidationError as error:
        wrong = error.errors()[0]
        what = " ".join([*map(str, wrong["loc"]), wrong["msg"]])
        raise DamagedError(f"{bucket.address}/{key}: malformed: {what}") from None
