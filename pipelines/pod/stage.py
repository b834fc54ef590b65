"""Runs one stage of `dvc.yaml` in a pod, unless the store holds its result already."""

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from components.runtime.atomic import write_json, write_text
from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import Entry, outputs, run_cache_key
from pipelines.dvc.remote import read_address
from pipelines.dvc.repo import open_repo
from pipelines.dvc.stage import DvcStage, Input, StageFailedError
from pipelines.dvc.workspace import cache_of, lay_out, set_environment
from pipelines.pod.page import Page, write_metadata
from pipelines.pod.reporting import Reporting, out_of_memory_kills, say
from pipelines.pod.state import StateMirror
from pipelines.store.bucket import Bucket
from pipelines.store.connection import connect, pod_wait
from pipelines.store.objects import Objects
from pipelines.store.run_cache import records, write_record
from pipelines.store.studies import finished_stages, read_entry, read_texts, write_entry

KEPT = "kept"  # key of a state that serves all runs
RESTARTS = 2  # of a stage whose process was killed; what kills it more often will do so again


def stage(
    *,
    stage: str,
    run: str,
    store: str,
    metrics: Path | None = None,
    summary: Path | None = None,
    report: Path | None = None,
    executor_input: str | None = None,
    code: Path = Path(),
    workspace: Path = Path("/tmp/workspace"),  # noqa: S108 (a pod's own)
) -> None:
    """Runs one stage of a study, unless the store holds its result already.

    The inputs are downloaded from the store, by the lock entries of the stages before it. Its
    outputs, their run-cache record and its lock entry are uploaded, in this order.

    Args:
        stage: Name of the stage in dvc.yaml, for example training@gpt2-neuro.
        run: Id of the run. Its first task, `check-study`, has written the study into the store.
        store: URL of the store, s3://bucket/prefix; endpoint and keys come from the environment.
        metrics: File for the headline metrics, as flat JSON.
        summary: File for a summary of the result, in Markdown.
        report: File for a copy of the HTML report.
        executor_input: Kubeflow's executor input as JSON (`{{$}}`); artifact metadata is written
            where it says.
        code: Folder with components/, dvc.yaml and .dvcignore.
        workspace: Folder in which the stage runs; what an interrupted pod left there is used.

    Raises:
        InputError: The stage cannot run, was killed, or its result cannot be uploaded; or the pod
            may be without the GPUs that it needs.
        SystemExit: The stage's command failed; with its exit code.
    """
    bucket = Bucket(read_address(store), connect(wait=pod_wait()))
    with Reporting(bucket, run=run, stage=stage).entered() as task:
        with laid_out(stage, bucket=bucket, run=run, code=code, workspace=workspace) as stage_run:
            was_made = stage in finished_stages(bucket, run)
            if entry := stage_run.cached_entry():
                task.found_cached()
            elif was_made and stage_run.dvc_stage.uses_gpus:  # on CPUs it could take weeks
                raise InputError(
                    f"{stage}: its result was in the store when the run began, so its pod asked"
                    " for no GPU, and is gone or damaged since: submit again"
                )
            else:
                entry = stage_run.run()
            write_entry(bucket, run, stage, entry)
        page = Page(stage, entry, stage_run.objects, is_cached=task.is_cached)
        numbers = page.headlines(stage_run.dvc_stage.metrics)
        if metrics:
            write_json(metrics, numbers)
        if summary:
            write_text(summary, page.summary())
        if report:
            write_text(report, page.report())
        if executor_input:
            write_metadata(executor_input, metrics=numbers)


@contextlib.contextmanager
def laid_out(
    stage: str, *, bucket: Bucket, run: str, code: Path, workspace: Path, restarts: int = RESTARTS
) -> Iterator["StageRun"]:
    """Lays out a workspace for a stage, and works in it; for the arguments see `stage`.

    Raises:
        InputError: The store lacks the study or a lock entry, or the stage cannot run.
    """
    params, data = read_texts(bucket, run)
    workspace = workspace.absolute()
    lay_out(workspace, code=code.absolute(), params=params, data=data, entries={})
    set_environment(workspace)
    with contextlib.chdir(workspace), open_repo(workspace) as repo:
        dvc_stage = DvcStage(repo, stage)
        dvc_stage.take_entries(
            {name: read_entry(bucket, run, name) for name in dvc_stage.upstream()}
        )
        yield StageRun(dvc_stage, bucket, workspace, restarts=restarts)


class StageRun:
    """One stage in its workspace, and the store.

    Everything raises InputError when the store is not reached or refuses.

    Args:
        dvc_stage: The stage as DVC knows it; its lock entries are those of the run.
        bucket: The store.
        workspace: Folder in which the stage runs.
        restarts: How often a stage whose process was killed is restarted.

    Attributes:
        key: Its run-cache key.
        has_run: Whether its command has run and ended.

    Raises:
        InputError: A folder among the inputs is missing or corrupt in the store.
    """

    def __init__(
        self, dvc_stage: DvcStage, bucket: Bucket, workspace: Path, *, restarts: int = RESTARTS
    ) -> None:
        self.dvc_stage, self.name, self.restarts = dvc_stage, dvc_stage.name, restarts
        self.bucket, self.workspace, self.has_run = bucket, workspace, False
        self.cache = cache_of(workspace)
        self.objects = Objects(bucket, self.cache)
        # The key needs the manifests of folders of which the stage reads a part.
        self._download({each.origin.identifier for each in dvc_stage.inputs() if each.inside})
        self.key = run_cache_key(dvc_stage.pending_entry())

    def cached_entry(self) -> Entry | None:
        """The lock entry of an earlier run of the same stage whose outputs are all in the store."""
        for entry in records(self.bucket, self.key):
            problems = self.objects.incomplete(outputs(entry, where=f"record of {self.name}"))
            if not problems:
                return entry
            for output, problem in problems.items():
                say(f"{self.name}: cached result not used: {output.path}: {problem}")
        return None

    def run(self) -> Entry:
        """Runs the stage and uploads its outputs and their run-cache record; its lock entry.

        Raises:
            InputError: An input is missing or corrupt, or the stage was killed.
            SystemExit: The stage's command failed.
        """
        self._pull(self.dvc_stage.inputs())
        kept = self.dvc_stage.keeps_state
        key = KEPT if kept else self.key
        state = StateMirror(
            self.bucket, workspace=self.workspace, stage=self.name, key=key, kept=kept
        )
        state.restore()
        with state:
            self._run_command(self.dvc_stage.run)
        entry = self.dvc_stage.entry()
        made = outputs(entry, where=f"lock entry of {self.name}")
        self.objects.upload(self.objects.ids(made), self.cache)
        write_record(self.bucket, entry)
        return entry

    def run_beside(self) -> None:
        """Runs the stage's command on a node that helps another one, which makes the outputs.

        Raises:
            InputError: An input is missing or corrupt, or memory ran out.
            SystemExit: The stage's command failed.
        """
        self._pull(self.dvc_stage.inputs())
        self._run_command(self.dvc_stage.run_command)

    def _run_command(self, run: Callable[[], None]) -> None:
        """Runs the stage's command; if it is killed, restarts it from its state."""
        for restarts in range(self.restarts + 1):
            kills = out_of_memory_kills()
            try:
                run()
            except StageFailedError as error:
                if out_of_memory_kills() > kills:
                    raise InputError(f"{self.name}: out of memory: raise its `memory`") from None
                if error.signal is None or not self.restarts:
                    sys.exit(error.code)
                killed = f"{self.name}: killed by {signal.Signals(error.signal).name}"
                if restarts == self.restarts:
                    raise InputError(f"{killed}, {restarts + 1} times") from None
                say(f"{killed}: restarting from its state")
            else:
                return
            finally:
                self.has_run = True

    def _pull(self, inputs: list[Input]) -> None:
        """Downloads inputs and puts them into the workspace."""
        self._download({each.origin.identifier for each in inputs})
        wanted = {
            member.identifier
            for each in inputs
            for member in self.objects.members(each.origin)
            if not each.inside or member.path.is_relative_to(each.inside)
        }
        self._download(wanted)
        self.dvc_stage.check_out(inputs)

    def _download(self, ids: set[str]) -> None:
        held = self.objects.held(ids)
        if absent := sorted(ids - held.keys()):
            raise InputError(
                f"{self.bucket.address}: {len(absent)} of {len(ids)} objects that {self.name}"
                f" needs are missing, {absent[0]} first: push them where they were made"
                " (python -m pipelines.store push), or run the stage that makes them again"
            )
        self.objects.download(held, self.cache)
