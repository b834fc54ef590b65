"""The graph of a study: the stages of `dvc.yaml`, unrolled by its parameters."""

import re
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from dvc.repo import Repo
from dvc.stage import PipelineStage

from components.errors import InputError
from pipelines.agreement import comes_in, mendable, origins, stages_of
from pipelines.workspace import lay_out

MODULE = "components."
META = ("title", "image", "cpu", "memory", "storage", "hours")  # and gpu, where one is wanted


@dataclass(frozen=True)
class Node:
    """A stage of the graph.

    Attributes:
        stage: Its name in dvc.yaml, training@gpt2-neuro say.
        component: The folder in components/ whose program it runs.
        inputs: The stages whose outputs it reads, by the name of its component's input.
        meta: Its `meta` in dvc.yaml: title, image, resources.
    """

    stage: str
    component: str
    inputs: dict[str, str]
    meta: dict[str, Any]

    @property
    def task(self) -> str:
        """The name of its task on Kubernetes, its title without spaces: train-gpt2-neuro."""
        return re.sub(r"[^a-z0-9]+", "-", self.meta["title"].lower()).strip("-")


def read_graph(root: Path, *, params: str, data: str) -> list[Node]:
    """The stages of a study, each after those whose outputs it reads.

    Args:
        root: Where components/ and dvc.yaml are.
        params: The text of params.yaml.
        data: The text of data.dvc.

    Raises:
        InputError: dvc.yaml does not fit the parameters, or a command has another form than
            `python -m components.<folder> --flag value ...`.
    """
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        lay_out(workspace, code=root, params=params, data=data, entries={})
        with mendable(), Repo(str(workspace)) as repo:
            nodes = {name: _node(repo, stage) for name, stage in stages_of(repo).items()}
    return list(_in_order(nodes))


def check_meta(stage: str, meta: Mapping[str, Any]) -> None:
    """Refuses a stage that does not say what it asks of a node.

    Args:
        stage: Its name in dvc.yaml.
        meta: Its `meta` there.

    Raises:
        InputError: A key is missing.
    """
    if lacking := [key for key in META if key not in meta]:
        raise InputError(f"dvc.yaml: {stage}: meta: found no {', '.join(lacking)}")


def _node(repo: Repo, stage: PipelineStage) -> Node:
    component, flags = _command(stage)
    inputs = {}
    for each in stage.deps:
        if comes_in(repo, each):
            for origin in origins(repo, each):
                if origin.stage.cmd:
                    inputs[_input_name(flags, each.def_path, stage.name)] = origin.stage.name
    meta = stage.meta or {}
    check_meta(stage.name, meta)
    return Node(stage.name, component, inputs, meta)


def _command(stage: PipelineStage) -> tuple[str, dict[str, str]]:
    """The component that a stage's command runs, and its flags with their values.

    Raises:
        InputError: The command has another form.
    """
    match shlex.split(stage.cmd):
        case ["python", "-m", module, *words] if module.startswith(MODULE):
            return module.removeprefix(MODULE), _flags(words)
    raise InputError(
        f"dvc.yaml: {stage.name}: found '{stage.cmd}', expected python -m {MODULE}NAME ..."
    )


def _flags(words: list[str]) -> dict[str, str]:
    """Flags with their values, of several the last."""
    flags: dict[str, str] = {}
    flag = ""
    for word in words:
        if word.startswith("--"):
            flag = word.removeprefix("--")
        flags[flag] = word
    return flags


def _input_name(flags: dict[str, str], path: str, stage: str) -> str:
    """The flag that takes a path; for a folder of several inputs, with the path's own name."""
    for flag, value in flags.items():
        if value == path:
            return flag
        if value and PurePosixPath(path).is_relative_to(value):
            inside = PurePosixPath(path).relative_to(value)
            return re.sub(r"[^a-z0-9]+", "_", f"{flag}_{inside}".lower())
    raise InputError(f"dvc.yaml: {stage}: no flag of its command takes its input {path}")


def _in_order(nodes: dict[str, Node]) -> Iterator[Node]:
    """Each after those that it needs, else in the order of dvc.yaml."""
    done: set[str] = set()

    def visit(name: str) -> Iterator[Node]:
        if name not in done:
            done.add(name)
            for before in nodes[name].inputs.values():
                yield from visit(before)
            yield nodes[name]

    for name in nodes:
        yield from visit(name)
