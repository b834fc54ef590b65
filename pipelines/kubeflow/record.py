"""What the store has of a run: its tasks, and what their pods wrote of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from components.errors import InputError
from pipelines.store.bucket import Bucket
from pipelines.store.studies import check_run, noted_stages
from pipelines.store.task_states import CHECK, TaskState, read_states, read_tasks


@dataclass(frozen=True)
class Record:
    """What the store has of a run.

    Attributes:
        titles: Of its tasks, by stage, in the order of the graph.
        states: Of its tasks that have begun, by stage.
        noted: The stages whose results it has, of a study whose tasks wrote no states.
    """

    titles: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, TaskState] = field(default_factory=dict)
    noted: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.titles or self.states)

    @property
    def stages(self) -> list[str]:
        """The stages, after the task that checks the study."""
        return list(dict.fromkeys([CHECK, *self.titles, *self.states]))

    def title(self, stage: str) -> str:
        """The title of a stage's task; its name where there is none yet."""
        return self.titles.get(stage, "check the study" if stage == CHECK else stage)

    def names(self, stage: str) -> tuple[str, ...]:
        """What a task may be called: its stage, its title, and its name on Kubeflow."""
        title = self.title(stage)
        return stage, title, re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def read_record(bucket: Bucket, run: str) -> Record:
    """What the store has of a run; nothing where it does not know it.

    Raises:
        InputError: The id is none, something is damaged, or the server is not reached or refuses.
    """
    check_run(run)
    titles, states = read_tasks(bucket, run), read_states(bucket, run)
    if titles or states:
        return Record(titles, states)
    noted = noted_stages(bucket, run)
    return Record({stage: stage for stage in sorted(noted)}, {}, frozenset(noted))


def unknown_run(bucket: Bucket, run: str) -> InputError:
    """The error for a run that the store does not know."""
    expected = "one that `python -m pipelines.store studies` lists"
    return InputError(f"{bucket.address}: no run {run}, expected {expected}")
