"""The tasks of a compiled pipeline, as far as a picture shows them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from components.errors import InputError

DISK = "ephemeral-storage"


@dataclass(frozen=True)
class Task:
    """A task of a compiled pipeline.

    Attributes:
        stage: The stage of dvc.yaml that it runs.
        title: Its name on the pipeline's page.
        after: The stages whose outputs it takes.
        image: The set of packages that it runs with.
        gpu: Whether it asks for GPUs.
    """

    stage: str
    title: str
    after: tuple[str, ...]
    image: str
    gpu: bool

    @property
    def family(self) -> str:
        """What it has in common with the same stage of other variants."""
        return self.stage.partition("@")[0]


def read_tasks(compiled: Path) -> list[Task]:
    """The tasks of a compiled pipeline, each after those whose outputs it takes.

    Args:
        compiled: The file that `python -m pipelines compile` wrote.

    Raises:
        InputError: It is not there, or is no compiled pipeline.
    """
    try:
        documents = YAML(typ="safe", pure=True).load_all(compiled.read_text(encoding="utf-8"))
        return _in_order(_tasks(next(iter(documents))))
    except FileNotFoundError:
        raise InputError(f"not found: {compiled}: run python -m pipelines compile") from None
    except (YAMLError, StopIteration, KeyError, TypeError, AttributeError, UnicodeDecodeError):
        raise InputError(
            f"{compiled}: found no tasks, expected what python -m pipelines compile wrote"
        ) from None


def _tasks(pipeline: dict[str, Any]) -> list[Task]:
    tasks = pipeline["root"]["dag"]["tasks"]
    stages = {
        key: task["inputs"]["parameters"]["stage"]["runtimeValue"]["constant"]
        for key, task in tasks.items()
    }
    found = []
    for key, task in tasks.items():
        label = pipeline["components"][task["componentRef"]["name"]]["executorLabel"]
        container = pipeline["deploymentSpec"]["executors"][label]["container"]
        found.append(
            Task(
                stages[key],
                title=task["taskInfo"]["name"],
                after=tuple(sorted(stages[before] for before in task.get("dependentTasks", ()))),
                image="analysis" if "analysis" in container["image"] else "models",
                gpu=_asks_for_gpus(container["resources"]),
            )
        )
    return found


def _asks_for_gpus(resources: dict[str, Any]) -> bool:
    """Whether the "accelerator" is one: disk is asked for by the same words."""
    return bool(resources.get("accelerator", {}).get("resourceType", DISK) != DISK)


def _in_order(tasks: list[Task]) -> list[Task]:
    """Each after those that it needs, else by name: whatever the file calls and where it has them.

    Raises:
        KeyError: There are none, or they need each other.
    """
    waiting = sorted(tasks, key=lambda task: task.stage)
    ordered: dict[str, Task] = {}
    while waiting or not tasks:
        ready = [task for task in waiting if ordered.keys() >= set(task.after)]
        if not ready:
            raise KeyError
        ordered |= {task.stage: task for task in ready}
        waiting = [task for task in waiting if task.stage not in ordered]
    return list(ordered.values())
