"""Studies in the store: each run's parameters and data, and the lock entries of finished stages.

A study protects the objects that it names from garbage collection. The progress of its run is
written beside it by pipelines.store.task_states.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from components.runtime.errors import InputError, printable
from pipelines.dvc.lock_entries import (
    Entry,
    Output,
    data_outputs,
    lock_text,
    outputs,
    read_entries,
)
from pipelines.store.bucket import Bucket, Listed
from pipelines.store.layout import STUDIES, entry_key, is_progress, stage_of, study_key
from pipelines.store.objects import Objects

PARAMS, DATA = TEXTS = ("params.yaml", "data.dvc")
RUN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9_-])?")
TABLE = PurePosixPath("table.md")  # in a folder of the stage `figures`


@dataclass(frozen=True)
class Study:
    """A run's parameters and data, and its results so far."""

    run: str  # its id
    params: str  # the text of its params.yaml
    data: str  # the text of its data.dvc
    entries: dict[str, Entry] = field(default_factory=dict)  # by stage

    def outputs(self) -> list[Output]:
        """The outputs that the study's data and stages name.

        Raises:
            InputError: A lock entry or the data's text has another form.
        """
        found = data_outputs(self.data, where=f"study {self.run}, {DATA}")
        for stage, entry in self.entries.items():
            found += outputs(entry, where=f"study {self.run}, {stage}")
        return found


def check_run(run: str) -> None:
    """Refuses a run's id that cannot be part of a key, a file name and a git reference."""
    if not RUN.fullmatch(run) or ".." in run or run.endswith(".lock"):
        raise InputError(
            f"run: found '{run}', expected up to 63 letters, digits, dots, dashes and underscores"
        )


def write_study(bucket: Bucket, study: Study) -> None:
    """Writes a study, whose objects must be in the store."""
    check_run(study.run)
    for name, text in ((PARAMS, study.params), (DATA, study.data)):
        bucket.write(study_key(study.run, name), text.encode())
    for stage, entry in study.entries.items():
        write_entry(bucket, study.run, stage, entry)


def write_entry(bucket: Bucket, run: str, stage: str, entry: Entry) -> None:
    """Writes the lock entry of a stage, whose outputs must be in the store."""
    bucket.write(entry_key(run, stage), lock_text({stage: entry}).encode())


def read_entry(bucket: Bucket, run: str, stage: str) -> Entry:
    """The lock entry of a stage of a study.

    Raises:
        InputError: The study has none, or it is damaged.
    """
    where = f"{bucket.address}/{entry_key(run, stage)}"
    if (text := _read_text(bucket, entry_key(run, stage))) is None:
        raise InputError(
            f"{where}: not found, expected the lock entry of {stage}: it has not ended"
        )
    entry = read_entries(text, where=where).get(stage)
    if not entry or not outputs(entry, where=where):
        raise InputError(f"{where}: found no outputs of {stage}, expected its lock entry")
    return entry


def read_texts(bucket: Bucket, run: str) -> tuple[str, str]:
    """The texts of a study's params.yaml and data.dvc.

    Raises:
        InputError: There is no such study, or it is damaged.
    """
    check_run(run)
    params, data = (_read_text(bucket, study_key(run, name)) for name in TEXTS)
    if params is None or data is None:
        raise InputError(
            f"{bucket.address}: no study {run}, expected one that"
            " `python -m pipelines.store studies` lists"
        )
    return params, data


def _read_text(bucket: Bucket, key: str) -> str | None:
    """A text of the store, or None where there is none."""
    content = bucket.read(key)
    try:
        return None if content is None else content.decode()
    except UnicodeDecodeError:
        raise InputError(
            f"{bucket.address}/{key}: found other bytes, expected text in UTF-8"
        ) from None


def finished_stages(bucket: Bucket, run: str) -> set[str]:
    """The stages with a lock entry in a study; none where there is no such study."""
    keys = [each.key for each in bucket.listed(study_key(run, "stages/"))]
    return {stage_of(key) for key in keys if not key.endswith("/")}


def read_study(bucket: Bucket, run: str) -> Study:
    """A study with all its lock entries.

    Raises:
        InputError: There is no such study, or it is damaged.
    """
    params, data = read_texts(bucket, run)
    stages = sorted(finished_stages(bucket, run))
    return Study(run, params, data, {stage: read_entry(bucket, run, stage) for stage in stages})


def listed_files(bucket: Bucket) -> Iterator[Listed]:
    """The files below studies/ without the progress of runs, which names no object."""
    return (each for each in bucket.listed(STUDIES) if not is_progress(each.key))


def files_by_run(listed: Iterable[Listed]) -> dict[str, list[Listed]]:
    """The files below studies/ by run, without other tools' markers of empty folders."""
    found: dict[str, list[Listed]] = {}
    for each in listed:
        run, slash, _ = each.key.removeprefix(STUDIES).partition("/")
        if slash and (each.size or not each.key.endswith("/")):
            found.setdefault(run, []).append(each)
    return found


def list_studies(bucket: Bucket) -> dict[str, list[Listed]]:
    """The files of each study of a store by run; the study changed last is at the end."""
    found = files_by_run(listed_files(bucket))
    return dict(sorted(found.items(), key=lambda each: max(file.modified for file in each[1])))


def result_table(bucket: Bucket, run: str) -> str:
    """The table of results in Markdown, from the stage `figures` of a run.

    Raises:
        InputError: The store has no such table.
    """
    objects = Objects(bucket)
    entry = read_study(bucket, run).entries.get("figures", {})
    for output in outputs(entry, where=f"{run}, figures"):
        for member in objects.members(output):
            if member.path == TABLE:
                return printable(objects.read(member.identifier, what=str(TABLE)).decode())
    raise InputError(f"{bucket.address}: study {run} has no {TABLE}")
