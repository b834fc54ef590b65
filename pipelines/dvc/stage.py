"""One stage as DVC knows it: its inputs, its run-cache key, its command and its outputs."""

import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from dvc.dependency import Dependency
from dvc.exceptions import DvcException
from dvc.output import Output as DvcOutput
from dvc.repo import Repo
from dvc.stage.exceptions import StageCmdFailedError
from dvc.stage.loader import StageLoader
from dvc.stage.run import cmd_run
from dvc.stage.serialize import to_single_stage_lockfile
from dvc_data.hashfile.meta import Meta

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import Entry, Output, lock_text, read_entries
from pipelines.dvc.repo import (
    disagreements,
    one_line,
    origins,
    stages_before,
    stages_of,
    user_errors,
)


@dataclass(frozen=True)
class Input:
    """An input of a stage: its path, and the output of another stage or data that holds it."""

    path: str
    origin: Output

    @property
    def inside(self) -> PurePosixPath | None:
        """Its path within its origin; None if it is the whole origin."""
        if self.path == self.origin.path:
            return None
        return PurePosixPath(self.path).relative_to(self.origin.path)


class StageFailedError(Exception):
    """A stage's command failed; `code` is its exit code, or 128 plus a signal that ended it."""

    def __init__(self, error: StageCmdFailedError) -> None:
        super().__init__(str(error))
        code = int(str(error).rpartition(" ")[2])  # "failed to run: <command>, exited with <code>"
        self.code = code if code >= 0 else 128 - code

    @property
    def signal(self) -> int | None:
        """Number of the signal that ended it, if one did."""
        number = self.code - 128
        return number if number in set(signal.Signals) else None


class DvcStage:
    """One stage of a workspace that is open in DVC.

    Everything raises InputError when DVC refuses or cannot read the workspace.

    Args:
        repo: The workspace, the folder that `lay_out` made; it is the current folder.
        stage: Name of the stage, for example `training@gpt2-neuro`.

    Raises:
        InputError: There is no such stage, or `dvc.yaml` does not fit the parameters.
    """

    def __init__(self, repo: Repo, stage: str) -> None:
        self._repo, self._workspace = repo, Path(repo.root_dir)
        stages = stages_of(repo)
        if stage not in stages:
            names = ", ".join(sorted(stages))
            raise InputError(f"stage: found '{stage}', expected one of {names}")
        self._stage = stages[stage]
        self.name: str = self._stage.name
        meta = self._stage.meta or {}
        self.uses_gpus = bool(meta.get("gpu"))  # is meant for them
        self.keeps_state = meta.get("state") == "kept"  # which serves other parameters too
        # Paths of the outputs that `dvc.yaml` declares as metrics.
        self.metrics: list[str] = [each.def_path for each in self._stage.outs if each.metric]

    def upstream(self) -> list[str]:
        """Names of the stages whose outputs this one reads."""
        with user_errors():
            return stages_before(self._repo, self._stage)

    def take_entries(self, entries: dict[str, Entry]) -> None:
        """Writes the lock entries of the stages before this one, by stage, into `dvc.lock`.

        Raises:
            InputError: An entry is malformed, or was made by another command, other code or other
                parameters.
        """
        (self._workspace / "dvc.lock").write_text(lock_text(entries), encoding="utf-8")
        for name, entry in entries.items():
            DvcStage(self._repo, name).take_entry(entry)
        for name, things in disagreements(self._repo, entries).items():
            raise InputError(
                f"lock entry of {name}: made by other code or parameters: {', '.join(things)}"
                " differ from this image's: run the stage again with this image"
            )

    def take_entry(self, entry: Entry) -> None:
        """Takes over what an earlier run of this stage made, for the stages after it."""
        self._stage.cmd_changed = entry["cmd"] != self._stage.cmd
        try:  # as DVC would read it from dvc.lock, which takes it seconds to parse
            StageLoader.fill_from_lock(self._stage, entry)
        except (TypeError, KeyError, AttributeError):
            raise InputError(
                f"lock entry of {self.name}: found another form, expected that of dvc.lock"
            ) from None

    def inputs(self) -> list[Input]:
        """The inputs that other stages make or that are data.

        Raises:
            InputError: The lock entry of the stage that makes one is missing.
        """
        return [self._input(each) for each in self._stage.deps if origins(self._repo, each)]

    def pending_entry(self) -> Entry:
        """The lock entry that the stage will have, as far as it is known before the stage runs.

        The manifests of folders of which it reads a part must be in the cache.

        Raises:
            InputError: A folder does not hold an input, or a parameter is missing.
        """
        with user_errors():
            for each in self._stage.deps:
                if not (found := origins(self._repo, each)):
                    each.save()
                    continue
                is_whole = found[0].fs_path == each.fs_path
                each.hash_info = (found[0] if is_whole else self._within(found[0], each)).hash_info
                each.meta = Meta()  # sizes are no part of the key
            return dict(to_single_stage_lockfile(self._stage))

    def check_out(self, inputs: Iterable[Input]) -> None:
        """Puts inputs whose objects are in the cache into the workspace.

        Raises:
            InputError: An object is missing, or the disk is full.
        """
        paths = [str(self._workspace / each.path) for each in inputs]
        if paths:  # without targets, DVC checks out all there is
            with user_errors():
                self._repo.checkout(targets=paths, force=True)

    def run(self) -> None:
        """Runs the stage and moves its outputs into the cache.

        Raises:
            StageFailedError: Its command failed.
            InputError: An output is missing, or the disk is full.
        """
        try:
            self._repo.reproduce(targets=[self.name], single_item=True)
        except DvcException as error:
            if isinstance(error.__cause__, StageCmdFailedError):
                raise StageFailedError(error.__cause__) from None
            raise InputError(one_line(error)) from None

    def run_command(self) -> None:
        """Runs the stage's command as DVC does, and nothing else: it may make no outputs.

        Raises:
            StageFailedError: It failed.
        """
        try:
            cmd_run(self._stage)
        except StageCmdFailedError as error:
            raise StageFailedError(error) from None

    def entry(self) -> Entry:
        """The lock entry of the stage that ran."""
        text = (self._workspace / "dvc.lock").read_text(encoding="utf-8")
        return read_entries(text, where="dvc.lock")[self.name]

    def _input(self, dependency: Dependency) -> Input:
        found = origins(self._repo, dependency)
        path = dependency.def_path
        if len(found) != 1 or not dependency.fs_path.startswith(found[0].fs_path):
            raise InputError(f"dvc.yaml: {self.name}: {path} holds several outputs")
        (origin,) = found
        if not origin.hash_info:
            raise InputError(
                f"{self.name} needs {path}: no lock entry of {origin.stage.addressing} was given"
            )
        size = origin.meta.size or 0
        return Input(path, Output(origin.def_path, origin.hash_info.value, size))

    def _within(self, origin: DvcOutput, dependency: Dependency) -> Any:  # noqa: ANN401
        try:
            if found := origin.get_obj(filter_info=dependency.fs_path):
                return found
        except KeyError:
            pass
        raise InputError(f"{origin.def_path}: no {dependency.def_path}, which {self.name} needs")
