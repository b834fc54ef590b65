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


def test_a_state_is_read_as_it_was_written(bucket):
    for state in (STATE, STATE.now(state="failed", ended=TIME, error="größe: 5")):
        write_state(bucket, "run", state)
        assert read_state(bucket, "run", STATE.stage) == state
        assert read_states(bucket, "run") == {STATE.stage: state}


def test_a_task_that_never_began_has_no_state_and_no_log(bucket):
    assert read_state(bucket, "run", "other") is None
    assert read_states(bucket, "run") == {}
    assert read_log(bucket, "run", "other", attempt=1) is None


def test_titles_keep_their_order(bucket):
    titles = {"check-study": "check the study", "b": "größe", "a": "first"}
    write_tasks(bucket, "run", titles)
    assert list(read_tasks(bucket, "run").items()) == list(titles.items())
    assert read_tasks(bucket, "other") == {}


def test_each_attempt_has_a_log_of_its_own(bucket):
    write_log(bucket, "run", "a@b", attempt=1, content="größe\n".encode())
    write_log(bucket, "run", "a@b", attempt=2, content=b"two")
    assert read_log(bucket, "run", "a@b", attempt=1) == "größe\n"
    assert read_log(bucket, "run", "a@b", attempt=2) == "two"


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
