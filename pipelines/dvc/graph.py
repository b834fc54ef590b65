"""The graph of a study: the stages of `dvc.yaml`, expanded for every variant."""

import os
import shlex
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from dvc.repo import Repo
from dvc.stage import PipelineStage

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import data_outputs
from pipelines.dvc.repo import data_before, open_repo, origins, stages_before, stages_of
from pipelines.dvc.workspace import lay_out
from pipelines.study.names import task_name
from pipelines.study.params import Resources, parse_params

MODULE = "components."
GpuUse = Literal["training", "scoring"]


@dataclass(frozen=True)
class Node:
    """A stage of the graph."""

    stage: str  # its name in dvc.yaml, for example training@gpt2-neuro
    component: str  # folder in components/ with the program that it runs
    title: str  # for the pipeline's page, for example train gpt2-neuro
    about: str  # description in one line
    after: tuple[str, ...]  # names of the stages whose outputs it reads
    resources: Resources  # that it requests from a node, from params.yaml
    gpu: GpuUse | None  # what it runs on GPUs for, if it does
    data: tuple[str, ...] = ()  # paths of the data that it reads

    @property
    def task(self) -> str:
        """The name of its task on Kubernetes, its title without spaces: train-gpt2-neuro."""
        return task_name(self.title)


def read_graph(root: Path, *, params: str, data: str) -> list[Node]:
    """The stages of a study, each after those whose outputs it reads.

    Args:
        root: Folder with components/ and dvc.yaml.
        params: The text of params.yaml.
        data: The text of data.dvc.

    Raises:
        InputError: The parameters or data.dvc are bad, dvc.yaml does not fit them, or a stage has
            no title, no description, no resources or a command of another form than
            `python -m components.<folder> --flag value ...`; it reads what nothing makes; or tasks
            or outputs of two stages have the same name.
    """
    resources = parse_params(params, where="params.yaml").resources
    data_outputs(data, where="data.dvc")  # DVC would name a file of its workspace
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        lay_out(workspace, code=root, params=params, data=data, entries={})
        with _left_out_of_errors(workspace), open_repo(workspace) as repo:
            repo.index.check_graph()  # no cycles, no output of two stages
            stages = stages_of(repo)
            nodes = {name: _node(repo, stage, resources) for name, stage in stages.items()}
            for stage in stages.values():
                for each in stage.deps:
                    if not (origins(repo, each) or each.fs.exists(each.fs_path)):
                        raise InputError(
                            f"dvc.yaml: {stage.name}: deps: found {each.def_path}, expected code,"
                            " data that data.dvc names, or the output of a stage"
                        )
            outputs = [(out.def_path, name) for name, stage in stages.items() for out in stage.outs]
    tasks = [(node.title, node.stage) for node in nodes.values()]
    _check_apart("task", tasks, become=task_name)
    _check_apart("output", outputs, become=_folded)
    return list(_in_order(nodes))


@contextmanager
def _left_out_of_errors(folder: Path) -> Iterator[None]:
    """Has errors name the checkout's files, not their copies in a folder."""
    try:
        yield
    except InputError as error:
        raise InputError(str(error).replace(f"{os.path.relpath(folder)}/", "")) from None


def _check_apart(
    kind: str, names: Iterable[tuple[str, str]], *, become: Callable[[str], str]
) -> None:
    """Refuses two names, each given with its stage, that become one."""
    before: dict[str, tuple[str, str]] = {}
    for name, stage in names:
        other, owner = before.setdefault(become(name), (name, stage))
        if owner != stage or other != name:
            raise InputError(
                f"dvc.yaml: {stage}: {kind}: found '{name}', expected a name that does not become"
                f" one with '{other}' of {owner}: '{become(name)}'"
            )


def _folded(path: str) -> str:
    """A path as file systems see it that ignore case or the form of accents."""
    return unicodedata.normalize("NFKC", path).casefold()


def _node(repo: Repo, stage: PipelineStage, resources: dict[str, Resources]) -> Node:
    meta = stage.meta or {}
    row = stage.name.partition("@")[0]
    for lacks, where in (
        ("title" not in meta, f"dvc.yaml: {stage.name}: meta: found no title"),
        (not stage.desc, f"dvc.yaml: {stage.name}: found no desc"),
        (
            meta.get("gpu") not in (None, *get_args(GpuUse)),
            f"dvc.yaml: {stage.name}: meta: gpu: found {meta.get('gpu')}, expected one of"
            f" {', '.join(get_args(GpuUse))}",
        ),
        (row not in resources, f"params.yaml: resources: found no {row}"),
    ):
        if lacks:
            raise InputError(where)
    return Node(
        stage=stage.name,
        component=_component(stage),
        title=meta["title"],
        about=stage.desc,
        after=tuple(stages_before(repo, stage)),
        resources=resources[row],
        gpu=meta.get("gpu"),
        data=tuple(data_before(repo, stage)),
    )


def _component(stage: PipelineStage) -> str:
    """The folder of the program that a stage's command runs."""
    match shlex.split(stage.cmd):
        case ["python", "-m", module, *_] if module.startswith(MODULE):
            return module.removeprefix(MODULE)
    raise InputError(
        f"dvc.yaml: {stage.name}: found '{stage.cmd}', expected python -m {MODULE}NAME ..."
    )


def _in_order(nodes: dict[str, Node]) -> Iterator[Node]:
    """Topological order; ties keep the order of dvc.yaml."""
    done: set[str] = set()

    def visit(name: str) -> Iterator[Node]:
        if name not in done:
            done.add(name)
            for before in nodes[name].after:
                yield from visit(before)
            yield nodes[name]

    for name in nodes:
        yield from visit(name)
