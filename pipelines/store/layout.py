"""The layout of the store's bucket: the only module that spells its keys.

Keys are relative to the store's prefix. docs/store.md says who writes them and who may delete them.
"""

import re
from pathlib import PurePosixPath
from urllib.parse import quote, unquote

OBJECTS, RECORDS, STUDIES, MARKS = "files/md5/", "runs/", "studies/", "corrupt/"
CHECK = "check"  # what `check` writes and reads
# What a collection may delete, in this order: records and manifests before the objects they name.
KINDS = {
    "records": re.compile(r"runs/[0-9a-f]{2}/[0-9a-f]{64}/[0-9a-f]{64}"),
    "manifests": re.compile(r"files/md5/[0-9a-f]{2}/[0-9a-f]{30}\.dir"),
    "files": re.compile(r"files/md5/[0-9a-f]{2}/[0-9a-f]{30}"),
    "marks": re.compile(r"corrupt/[0-9a-f]{32}(\.dir)?"),
}
PROGRESS = re.compile(r"studies/[^/]+/(tasks\.json|tasks/.*|logs/.*)")


def kind_of(key: str) -> str | None:
    """Whether a key is of a record, manifest, file or mark; None for any other key."""
    return next((kind for kind, pattern in KINDS.items() if pattern.fullmatch(key)), None)


def object_key(identifier: str) -> str:
    """The key of an object, as in a DVC remote."""
    return f"{OBJECTS}{identifier[:2]}/{identifier[2:]}"


def object_id(key: str) -> str:
    """The id of the object or mark that has a key."""
    return key.removeprefix(OBJECTS).removeprefix(MARKS).replace("/", "")


def mark_key(identifier: str) -> str:
    """The key of the mark of a corrupt object."""
    return f"{MARKS}{identifier}"


def record_key(key: str, value: str = "") -> str:
    """The key of a run-cache record; without a value, the prefix of all records of a stage."""
    return f"{RECORDS}{key[:2]}/{key}/{value}"


def study_key(run: str, name: str = "") -> str:
    """The key of a study's file; without a name, the prefix of all its keys."""
    return f"{STUDIES}{run}/{name}"


def entry_key(run: str, stage: str) -> str:
    """The key of the lock entry of a study's stage."""
    return study_key(run, f"stages/{_name(stage)}.yaml")


def tasks_key(run: str) -> str:
    """The key of the titles of a run's tasks."""
    return study_key(run, "tasks.json")


def task_key(run: str, stage: str) -> str:
    """The key of the state of a run's task."""
    return study_key(run, f"tasks/{_name(stage)}.json")


def log_key(run: str, stage: str, *, attempt: int) -> str:
    """The key of the log of a task's pod."""
    return study_key(run, f"logs/{_name(stage)}/{attempt}.log")


def stage_of(key: str) -> str:
    """The stage whose lock entry or task's state has a key."""
    return unquote(PurePosixPath(key).stem)


def is_progress(key: str) -> bool:
    """Whether a key belongs to the progress of a run, not to its study."""
    return bool(PROGRESS.fullmatch(key))


def pointer_key(stage: str, key: str) -> str:
    """The key of the pointer to a stage's newest mirrored state."""
    return f"state/{stage}/{key}.json"


def state_key(stage: str, key: str, *, pod: str, number: int | str = "") -> str:
    """The key of a file of a mirrored state; without a number, the prefix of a pod's files."""
    return f"state/{stage}/{key}/{pod}/{number}"


def _name(stage: str) -> str:
    """A stage's name as a part of a key."""
    return quote(stage, safe="@")
