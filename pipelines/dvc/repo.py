"""A workspace as DVC reads it: stages, cache, and whether lock entries are its own."""

import errno
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import OperationalError

from dvc.dependency import Dependency
from dvc.exceptions import DvcException, OutputNotFoundError
from dvc.output import Output
from dvc.repo import Repo
from dvc.rwlock import RWLockFileCorruptedError
from dvc.stage import PipelineStage

from components.runtime.errors import InputError

# A command without the shell's operators and substitutions. DVC puts parameters into it, also those
# of a study in the store, which others may have changed since they were checked.
ONE_PROGRAM = re.compile(r"""(?:'[^']*'|"[^"$`\\]*"|[^'"$`\\;&|<>()\n])*""")
WITHOUT_GIT = ", which is right for a download: tell DVC so (dvc config --local core.no_scm true)"


@contextmanager
def open_repo(root: Path) -> Iterator[Repo]:
    """Opens a workspace, the folder with `.dvc/` and `dvc.yaml`.

    Raises:
        InputError: DVC refuses, then or within the block.
    """
    with user_errors(), Repo(str(root)) as repo:
        yield repo


def cache_of(repo: Repo) -> Path:
    """The folder of a workspace's cache."""
    return Path(repo.cache.legacy.path)


def experiment_reference(name: str, *, head: str) -> str:
    """The git reference of the DVC experiment with a name that is based on a commit."""
    from dvc.repo.experiments.refs import ExpRefInfo  # here: it imports all of DVC's experiments

    return str(ExpRefInfo(head, name))


def stages_of(repo: Repo) -> dict[str, PipelineStage]:
    """The stages of a workspace's `dvc.yaml` by name, for example `training@gpt2-neuro`.

    Raises:
        InputError: `dvc.yaml` is bad, or does not fit the parameters, or a command is more to the
            shell than one program and its arguments.
    """
    with user_errors():
        stages = {each.name: each for each in repo.index.stages if each.cmd}
    for name, stage in stages.items():
        if not ONE_PROGRAM.fullmatch(str(stage.cmd)):
            raise InputError(
                f"{name}: found the command {stage.cmd!r:.200}, expected one program: a parameter"
                " that becomes part of it has a sign of the shell"
            )
    return stages


def disagreements(repo: Repo, names: Iterable[str]) -> dict[str, list[str]]:
    """What differs between lock entries and the workspace that they are in.

    Commands, code and parameters are compared; data and outputs of other stages are not.

    Args:
        repo: The workspace, with the entries in its dvc.lock.
        names: Names of the stages to compare; those without differences are left out.

    Raises:
        InputError: DVC cannot read the workspace.
    """
    stages = stages_of(repo)
    with user_errors():
        found = {
            name: list(_changes(repo, stages[name])) if name in stages else ["no such stage"]
            for name in names
        }
    return {name: changes for name, changes in found.items() if changes}


def outdated_inputs(repo: Repo, names: Iterable[str]) -> dict[str, list[str]]:
    """Data and outputs of other stages that are no longer what a stage's lock entry says.

    Args:
        repo: A checkout. A part of a folder is compared if the folder's manifest is in its cache.
        names: Names of the stages to compare; those without differences are left out.

    Raises:
        InputError: DVC cannot read the checkout.
    """
    stages = stages_of(repo)
    with user_errors():
        found = {
            name: [each.def_path for each in stages[name].deps if _is_outdated(repo, each)]
            for name in names
        }
    return {name: paths for name, paths in found.items() if paths}


def origins(repo: Repo, dependency: Dependency) -> list[Output]:
    """The outputs of stages or `.dvc` files that an input equals, contains or is part of.

    There are none of code and parameters.
    """
    outs = repo.index.outs  # given, for by default DVC checks the graph each time
    try:
        found: list[Output] = repo.find_outs_by_path(dependency.fs_path, outs=outs, strict=False)
    except OutputNotFoundError:
        return []
    return found


def stages_before(repo: Repo, stage: PipelineStage) -> list[str]:
    """Names of the stages whose outputs a stage reads."""
    found = [origin.stage for each in stage.deps for origin in origins(repo, each)]
    return list(dict.fromkeys(each.name for each in found if each.cmd))


def data_before(repo: Repo, stage: PipelineStage) -> list[str]:
    """Paths that a stage reads of what `.dvc` files name."""
    return [
        each.def_path
        for each in stage.deps
        if any(origin.stage.is_data_source for origin in origins(repo, each))
    ]


def changed_data(repo: Repo) -> list[str]:
    """Paths of the data in a checkout that is no longer what its `.dvc` files name."""
    with user_errors():
        data = [out for each in repo.index.stages if each.is_data_source for out in each.outs]
        return [out.def_path for out in data if out.exists and out.workspace_status()]


@contextmanager
def user_errors() -> Iterator[None]:
    """Turns an error of DVC into one line.

    Raises:
        InputError: DVC refused.
    """
    try:
        yield
    except (DvcException, OperationalError) as error:
        raise InputError(one_line(error)) from None


def one_line(error: BaseException) -> str:
    """An error of DVC and what caused it, in one line."""
    texts = []
    link: BaseException | None = error
    while link:
        texts.append("no space left on the disk" if _is_full(link) else " ".join(str(link).split()))
        if isinstance(link, RWLockFileCorruptedError):
            texts.append("a killed process has left it so: remove the file when no other runs")
            break
        link = link.__cause__
    said = "DVC: " + ": ".join(text for text in texts if text)
    return said + WITHOUT_GIT if said.endswith("is not a git repository") else said


def _is_full(error: BaseException) -> bool:
    """Whether an error of the system or of DVC's SQLite index says that the disk is full."""
    if isinstance(error, OperationalError):
        return error.sqlite_errorname in ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def _changes(repo: Repo, stage: PipelineStage) -> Iterator[str]:
    if stage.cmd_changed:
        yield "the command"
    for each in stage.deps:
        if not origins(repo, each):
            yield from each.workspace_status()


def _is_outdated(repo: Repo, dependency: Dependency) -> bool:
    origin = next(iter(origins(repo, dependency)), None)
    if not (origin and origin.hash_info):  # code, or of a stage that has no lock entry
        return False
    if origin.fs_path == dependency.fs_path:
        return bool(origin.hash_info != dependency.hash_info)
    if origin.get_obj() is None:  # its manifest is not in the cache
        return False
    part = origin.get_obj(filter_info=dependency.fs_path)
    return part is None or part.hash_info != dependency.hash_info
