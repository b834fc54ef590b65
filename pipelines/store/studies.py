"""Studies in the store: what each run was asked, and the lock entries of what it made.

    studies/<run>/params.yaml
    studies/<run>/data.dvc
    studies/<run>/stages/<stage>.yaml

A study is what keeps its objects from being collected.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, unquote

from components.errors import InputError
from pipelines.store.bucket import Bucket
from pipelines.store.lock_entries import Entry, Output, lock_text, outputs, read_entries, read_yaml

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
    """Notes a study, or more stages of it; the objects that it names are in the store already.

    Raises:
        InputError: The server is not reached or refuses.
    """
    check_run(study.run)
    for name, text in (("params.yaml", study.params), ("data.dvc", study.data)):
        bucket.write("studies", study.run, name, content=text.encode())
    for stage, entry in study.entries.items():
        text = lock_text({stage: entry})
        bucket.write(
            "studies", study.run, "stages", f"{quote(stage, safe='@')}.yaml", content=text.encode()
        )


def noted_stages(bucket: Bucket, run: str) -> set[str]:
    """The stages that a study of the store has; none where there is no such study.

    Raises:
        InputError: The server is not reached or refuses.
    """
    keys = (each.key for each in bucket.listed("studies", run, "stages/"))
    return {unquote(key.rpartition("/")[2].removesuffix(".yaml")) for key in keys}


def read_study(bucket: Bucket, run: str) -> Study:
    """A study with all its lock entries.

    Raises:
        InputError: There is no such study, or it is damaged; or the server is not reached.
    """
    check_run(run)
    found = {each.key.split("/", 2)[2]: each.key for each in bucket.listed("studies", f"{run}/")}
    if not {"params.yaml", "data.dvc"} <= found.keys():
        raise InputError(
            f"{bucket.address}: no study {run}, expected one that"
            " `python -m pipelines.store studies` lists"
        )
    texts = {
        name: _text(bucket.read(key) or b"", where=f"{bucket.address}/{key}")
        for name, key in found.items()
    }
    entries: dict[str, Entry] = {}
    for name, text in texts.items():
        if name.startswith("stages/"):
            entries |= read_entries(text, where=f"{bucket.address}/studies/{run}/{name}")
    return Study(run, texts["params.yaml"], texts["data.dvc"], entries)


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
    for each in bucket.listed("studies/"):
        if each.key.count("/") < 2:
            continue  # no study's; some tools note an empty folder so
        _, run, name = each.key.split("/", 2)
        stages.setdefault(run, []).append(each.modified)
        counts[run] = counts.get(run, 0) + name.startswith("stages/")
    for run, times in stages.items():
        yield Listing(run, counts[run], max(times))
