"""The tasks of a compiled pipeline, as far as a picture shows them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from components.errors import InputError


@dataclass(frozen=True)
class Task:
    """A task of a compiled pipeline.

    Attributes:
        key: Its name in the file.
        title: Its name on the pipeline's page.
        stage: The stage of dvc.yaml that it runs.
        after: Keys of the tasks whose outputs it takes.
        image: The set of packages that it runs with.
        gpu: Whether it asks for GPUs.
    """

    key: str
    title: str
    stage: str
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
        pipeline = next(iter(documents))
        tasks = pipeline["root"]["dag"]["tasks"]
        found = {key: _task(key, task, pipeline) for key, task in tasks.items()}
        return _in_order(found)
    except FileNotFoundError:
        raise InputError(f"not found: {compiled}: run python -m pipelines compile") from None
    except (YAMLError, StopIteration, KeyError, TypeError, AttributeError, UnicodeDecodeError):
        raise InputError(
            f"{compiled}: found no tasks, expected what python -m pipelines compile wrote"
        ) from None


def _task(key: str, task: dict[str, Any], pipeline: dict[str, Any]) -> Task:
    label = pipeline["components"][task["componentRef"]["name"]]["executorLabel"]
    container = pipeline["deploymentSpec"]["executors"][label]["container"]
    return Task(
        key,
        title=task["taskInfo"]["name"],
        stage=task["inputs"]["parameters"]["stage"]["runtimeValue"]["constant"],
        after=tuple(task.get("dependentTasks", ())),
        image="analysis" if "analysis" in container["image"] else "models",
        gpu="accelerator" in container["resources"],
    )


def _in_order(tasks: dict[str, Task]) -> list[Task]:
    """Each after those that it needs, else by stage as the file has them."""
    ordered: dict[str, Task] = {}
    if not tasks:
        raise KeyError
    while len(ordered) < len(tasks):
        ready = [
            task
            for task in tasks.values()
            if task.key not in ordered and all(key in ordered for key in task.after)
        ]
        ordered |= {task.key: task for task in ready}
        if not ready:
            raise KeyError
    return list(ordered.values())
