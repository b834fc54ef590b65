"""In which column a task stands, and which bends its arrows take: layers of a directed graph."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from pipelines.picture.tasks import Task


@dataclass(frozen=True)
class Place:
    """A task in its column, or where an arrow crosses a column.

    Attributes:
        stage: The task's stage; of an arrow, that of the task it starts at.
        column: Number of the column, from 0.
        is_task: Whether a task stands here.
    """

    stage: str
    column: int
    is_task: bool = True


Link = tuple[Place, Place]  # from one column to the next


def columns_of(tasks: list[Task]) -> dict[str, int]:
    """The column of each task: behind all it needs, the same stage of all variants in one.

    A task that needs nothing stands just before the first that needs it.

    Args:
        tasks: Each after those whose outputs it takes.
    """
    earliest = _pushed(tasks, at_least={})
    families: dict[str, int] = {}
    for task in tasks:
        families[task.family] = max(families.get(task.family, 0), earliest[task.stage])
    columns = _pushed(tasks, at_least={task.stage: families[task.family] for task in tasks})
    for task in tasks:
        needing = [columns[other.stage] for other in tasks if task.stage in other.after]
        if not task.after and needing:
            columns[task.stage] = min(needing) - 1
    return columns


def _pushed(tasks: Iterable[Task], *, at_least: Mapping[str, int]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for task in tasks:
        behind = [columns[stage] + 1 for stage in task.after]
        columns[task.stage] = max([at_least.get(task.stage, 0), *behind])
    return columns


def links_of(tasks: list[Task], columns: Mapping[str, int]) -> list[Link]:
    """The arrows, cut into links from one column to the next.

    Arrows from one task to distant ones run together as far as they can.

    Args:
        tasks: The tasks.
        columns: The column of each.
    """
    links: dict[Link, None] = {}
    for task in tasks:
        for stage in task.after:
            crossed = range(columns[stage] + 1, columns[task.stage])
            places = [
                Place(stage, columns[stage]),
                *(Place(stage, column, is_task=False) for column in crossed),
                Place(task.stage, columns[task.stage]),
            ]
            links |= dict.fromkeys(pairwise(places))
    return list(links)
