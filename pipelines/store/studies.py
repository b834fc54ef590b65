"""Studies in the store: what each run was asked, and the lock entries of what it made.

    studies/<run>/params.yaml
    studies/<run>/data.dvc
    studies/<run>/stages/<stage>.yaml

How its run goes is written beside it, by pipelines.store.task_states. A study is what keeps its
objects from being collected.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, unquote

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import Entry, Output, lock_text, outputs, read_entries, read_yaml
from pipelines.store.bucket import Bucket, Listed

PROGRESS = re.compile(r"studies/[^/]+/(tasks\.json|tasks/.*|logs/.*)")  # of task_states
TEXTS = ("params.yaml", "data.dvc")
RUN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9_-])?")


@dataclass(frozen=True)
class Study:
    """What a run was asked and what it made so far.

    Attributes:
        run: Its id.
        params: The text of its params.yaml.
        data: The text of its data.dvc.
        entries: Lock entries by stage.
    """

    run: str
    params: str
    data: str
    entries: dict[str, Entry] = field(default_factory=dict)

    def outputs(self) -> list[Output]:
        """All that the study's data and stages consist of.

        Raises:
            InputError: A lock entry or the data's text has another form.
        """
        where = f"study {self.run}"
        return [
            *data_outputs(self.data, where=f"{where}, data.dvc"),
            *(
                output
                for stage, entry in self.entries.items()
                for output in outputs(entry, where=f"{where}, {stage}")
            ),
        ]


@dataclass(frozen=True)
class Listing:
    """A study in a list: its run's id, number of stages, last change."""

    run: str
    num_stages: int
    modified: datetime


def data_outputs(text: str, *, where: str) -> list[Output]:
    """The data that a `data.dvc` names.

    Raises:
        InputError: The text has another form.
    """
    if not (found := outputs(read_yaml(text, where=where), where=where)):
        raise InputError(f"{where}: found no data, expected outs")
    return found


def check_run(run: str) -> None:
    """Refuses a run's id that is no name for a key, a file or a git reference.

    Raises:
        InputError: It is none.
    """
    if not RUN.fullmatch(run) or ".." in run or run.endswith(".lock"):
        raise InputError(
            f"run: found '{run}', expected up to 63 letters, digits, dots, dashes and underscores"
        )


def write_study(bucket: Bucket, study: Study) -> None:
    """Notes a study; the objects that it names are in the store already.

    Raises:
        InputError: The server is not reached or refuses.
    """
    check_run(study.run)
    for name, text in (("params.yaml", study.params), ("data.dvc", study.data)):
        bucket.write("studies", study.run, name, content=text.encode())
    for stage, entry in study.entries.items():
        write_entry(bucket, study.run, stage, entry)


def write_entry(bucket: Bucket, run: str, stage: str, entry: Entry) -> None:
    """Notes what a stage of a study made; it is in the store already.

    Raises:
        InputError: The server is not reached or refuses.
    """
    text = lock_text({stage: entry})
    bucket.write("studies", run, "stages", _file(stage), content=text.encode())


def read_entry(bucket: Bucket, run: str, stage: str) -> Entry:
    """The lock entry of a stage of a study.

    Raises:
        InputError: The study has none, or it is damaged; or the server is not reached or refuses.
    """
    where = f"{bucket.address}/studies/{run}/stages/{_file(stage)}"
    if (content := bucket.read("studies", run, "stages", _file(stage))) is None:
        raise InputError(
            f"{where}: not found, expected the lock entry of {stage}: it has not ended"
        )
    entry = read_entries(_text(content, where=where), where=where).get(stage)
    if not entry or not outputs(entry, where=where):
        raise InputError(f"{where}: found no outputs of {stage}, expected its lock entry")
    return entry


def read_texts(bucket: Bucket, run: str) -> tuple[str, str]:
    """The texts of a study's params.yaml and data.dvc.

    Raises:
        InputError: There is no such study, or it is damaged; or the server is not reached.
    """
    check_run(run)
    found = []
    for name in TEXTS:
        if (content := bucket.read("studies", run, name)) is None:
            raise InputError(
                f"{bucket.address}: no study {run}, expected one that"
                " `python -m pipelines.store studies` lists"
            )
        found.append(_text(content, where=f"{bucket.address}/studies/{run}/{name}"))
    return found[0], found[1]


def noted_stages(bucket: Bucket, run: str) -> set[str]:
    """The stages that a study of the store has; none where there is no such study.

    Raises:
        InputError: The server is not reached or refuses.
    """
    names = {each.key.rpartition("/")[2] for each in bucket.listed("studies", run, "stages/")}
    return {unquote(name.removesuffix(".yaml")) for name in names if name}


def read_study(bucket: Bucket, run: str) -> Study:
    """A study with all its lock entries.

    Raises:
        InputError: There is no such study, or it is damaged; or the server is not reached.
    """
    params, data = read_texts(bucket, run)
    stages = sorted(noted_stages(bucket, run))
    return Study(run, params, data, {stage: read_entry(bucket, run, stage) for stage in stages})


def listed_files(bucket: Bucket) -> Iterator[Listed]:
    """What lies below studies/, but for how runs go: that changes all the time and names nothing.

    Raises:
        InputError: The server is not reached or refuses.
    """
    for each in bucket.listed("studies/"):
        if not PROGRESS.fullmatch(each.key):
            yield each


def _file(stage: str) -> str:
    """The name of the file with a stage's lock entry."""
    return f"{quote(stage, safe='@')}.yaml"


def _text(content: bytes, *, where: str) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise InputError(f"{where}: found other bytes, expected text in UTF-8") from None


def list_studies(bucket: Bucket) -> Iterator[Listing]:
    """The studies of a store, in the order of their names.

    Raises:
        InputError: The server is not reached or refuses.
    """
    stages: dict[str, list[datetime]] = {}
    counts: dict[str, int] = {}
    for each in listed_files(bucket):
        if each.key.count("/") < 2:
            continue  # no study's; some tools note an empty folder so
        _, run, name = each.key.split("/", 2)
        stages.setdefault(run, []).append(each.modified)
        counts[run] = counts.get(run, 0) + name.startswith("stages/")
    for run, times in stages.items():
        yield Listing(run, counts[run], max(times))
