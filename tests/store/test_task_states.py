"""The states and logs of tasks in the store."""

from datetime import UTC, datetime

import pytest

from pipelines.dvc.lock_entries import DamagedError
from pipelines.store.studies import Study, list_studies, listed_files, read_study, write_study
from pipelines.store.task_states import (
    TaskState,
    read_log,
    read_state,
    read_states,
    read_tasks,
    write_log,
    write_state,
    write_tasks,
)

TIME = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
DATA = "outs:\n- {path: data, md5: 0123456789abcdef0123456789abcdef.dir, size: 1}\n"
STATE = TaskState("training@größe", "running", attempt=2, began=TIME, updated=TIME, node="n")


def test_titles_states_and_logs_are_read_as_they_were_written(bucket):
    assert read_tasks(bucket, "run") == {}
    assert read_state(bucket, "run", STATE.stage) is None
    assert read_log(bucket, "run", STATE.stage, attempt=1) is None
    titles = {"check-study": "check the study", "b": "größe", "a": "first"}
    write_tasks(bucket, "run", titles)
    assert list(read_tasks(bucket, "run").items()) == list(titles.items())
    for state in (STATE, STATE.now(state="failed", ended=TIME, error="größe: 5")):
        write_state(bucket, "run", state)
        assert read_state(bucket, "run", STATE.stage) == state
        assert read_states(bucket, "run") == {STATE.stage: state}
    for attempt, text in ((1, "größe\n"), (2, "two")):
        write_log(bucket, "run", STATE.stage, attempt=attempt, content=text.encode())
    logs = [read_log(bucket, "run", STATE.stage, attempt=attempt) for attempt in (1, 2)]
    assert logs == ["größe\n", "two"]


@pytest.mark.parametrize(
    "content",
    [b"\xff", b"{", b"5", b"{}", b'{"stage": "a", "state": "x", "attempt": 1, "began": 5}'],
)
def test_a_damaged_state_is_named(bucket, content):
    bucket.write("studies/run/tasks/a.json", content=content)
    with pytest.raises(DamagedError, match=r"studies/run/tasks/a.json: malformed"):
        read_states(bucket, "run")


def test_the_progress_of_a_run_is_no_part_of_its_study(bucket):
    study = Study("run", "a: 1\n", DATA)
    write_study(bucket, study)
    before = list(listed_files(bucket))
    write_tasks(bucket, "run", {"a": "a"})
    write_state(bucket, "run", STATE)
    write_log(bucket, "run", "a", attempt=1, content=b"x")
    write_state(bucket, "refused", STATE)
    assert read_study(bucket, "run") == study
    assert list(listed_files(bucket)) == before
    assert list(list_studies(bucket)) == ["run"]
