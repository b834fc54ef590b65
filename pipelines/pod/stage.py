"""Runs one stage of `dvc.yaml` in a pod, unless the store knows its result already."""

import contextlib
import signal
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import Entry, outputs, run_cache_key
from pipelines.dvc.stage import DvcStage, Input, StageFailedError
from pipelines.dvc.workspace import cache_of, lay_out, set_environment
from pipelines.pod.page import Outcome, Places
from pipelines.pod.reporting import Reporting, out_of_memory_kills
from pipelines.pod.state import StateMirror
from pipelines.store.address import read_address
from pipelines.store.bucket import Bucket
from pipelines.store.connection import connect, patience_seconds
from pipelines.store.contents import Contents, incomplete
from pipelines.store.objects import Objects
from pipelines.store.run_cache import records, write_record
from pipelines.store.studies import read_entry, read_texts, write_entry

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
    """Runs one stage of a study that is in the store, unless the store knows its result already.

    The stage gets the inputs that the lock entries of the stages before it name; its outputs, the
    record of what they came of and its lock entry go into the store, in this order.

    Args:
        stage: The stage's name in dvc.yaml, training@gpt2-neuro say.
        run: Id of the run, whose study the task `check-study` wrote into the store.
        store: URL of the store, s3://bucket/prefix; endpoint and keys come from the environment.
        metrics: Where its headline metrics are written, as flat JSON.
        summary: Where its result is written in Markdown.
        report: Where its report in HTML is copied.
        executor_input: What `{{$}}` stands for in Kubeflow Pipelines: where metadata is written.
        code: The folder with components/, dvc.yaml and .dvcignore.
        workspace: Where the stage runs; an interrupted pod's is gone on with.

    Raises:
        InputError: The stage cannot run, was killed, or its result cannot be kept; one line says
            why.
        SystemExit: The stage's command ended badly; with its exit code.
    """
    bucket = Bucket(read_address(store), connect(patience=patience_seconds()))
    code, workspace = code.absolute(), workspace.absolute()
    places = Places(
        metrics=metrics and metrics.absolute(),
        summary=summary and summary.absolute(),
        report=report and report.absolute(),
        executor_input=executor_input,
    )
    reporting = Reporting(bucket, run=run, stage=stage)
    with reporting.entered():
        params, data = read_texts(bucket, run)
        lay_out(workspace, code=code, params=params, data=data, entries={})
        set_environment(workspace)
        with contextlib.chdir(workspace), DvcStage(workspace, stage) as judge:
            judge.take_entries({name: read_entry(bucket, run, name) for name in judge.upstream()})
            task = Task(stage, judge, bucket, workspace)
            outcome = task.outcome()
            write_entry(bucket, run, stage, outcome.entry)
            outcome.hand_out(places, metrics=judge.metrics(), contents=task.contents)
            if outcome.made_before:
                reporting.found_cached()


@dataclass
class Task:
    """One stage in its workspace, and the store.

    Attributes:
        stage: The stage's name.
        judge: DVC's view of it.
        bucket: The store.
        workspace: Where the stage runs.
    """

    stage: str
    judge: DvcStage
    bucket: Bucket
    workspace: Path

    def __post_init__(self) -> None:
        self.cache = cache_of(self.workspace)
        self.objects = Objects(self.bucket)
        self.contents = Contents(self.objects, self.cache)
        self._fetch_manifests(self.judge.inputs())
        self.key = run_cache_key(self.judge.pending_entry())

    def outcome(self) -> Outcome:
        """The stage's result: an earlier run's if the store holds one, else this pod's.

        Raises:
            InputError: The stage cannot run, was killed, or its result cannot be kept.
            SystemExit: Its command ended badly.
        """
        if entry := self.known_entry():
            _say(f"{self.stage}: cached result found, stage skipped")
            return Outcome(self.stage, entry, made_before=True)
        return Outcome(self.stage, self.make(), made_before=False)

    def known_entry(self) -> Entry | None:
        """The lock entry of an earlier run of the same stage whose outputs are all in the store.

        Raises:
            InputError: The server is not reached or refuses.
        """
        for entry in records(self.bucket, self.key):
            made = outputs(entry, where=f"record of {self.stage}")
            problems = incomplete(made, objects=self.objects, contents=self.contents)
            if not problems:
                return entry
            for output, problem in problems.items():
                _say(f"{self.stage}: an earlier result is not used: {output.path}: {problem}")
        return None

    def make(self) -> Entry:
        """Runs the stage and puts what it made into the store.

        Returns:
            Its lock entry.

        Raises:
            InputError: An input is missing or corrupt, the stage was killed, or the outputs did not
                arrive.
            SystemExit: The stage's command ended badly.
        """
        self._pull(self.judge.inputs())
        state = StateMirror(self.bucket, workspace=self.workspace, stage=self.stage, key=self.key)
        state.restore()
        with state:
            self._run()
        entry = self.judge.entry()
        made = outputs(entry, where=f"lock entry of {self.stage}")
        self.objects.upload(self.contents.ids(made), self.cache)
        write_record(self.bucket, entry)
        return entry

    def _run(self) -> None:
        """Runs the stage's command; one that is killed is begun again, from its state."""
        restarts = 0
        while True:
            kills = out_of_memory_kills()
            try:
                self.judge.run()
            except StageFailedError as error:
                if error.signal is None:
                    sys.exit(error.code)
                if out_of_memory_kills() > kills:
                    raise InputError(
                        f"{self.stage}: killed for want of memory: raise its `memory`"
                    ) from None
                name = signal.Signals(error.signal).name
                if restarts == RESTARTS:
                    raise InputError(
                        f"{self.stage}: ended by {name}, {restarts + 1} times"
                    ) from None
                restarts += 1
                _say(f"{self.stage}: ended by {name}: begun again from its state")
            else:
                return

    def _fetch_manifests(self, inputs: Iterable[Input]) -> None:
        """Puts the manifests of folders of which the stage reads a part into the cache."""
        wanted = {each.origin.identifier for each in inputs if each.inside}
        self._download(wanted)

    def _pull(self, inputs: list[Input]) -> None:
        wanted = {each.origin.identifier for each in inputs}
        self._download({each for each in wanted if each.endswith(".dir")})
        for each in inputs:
            if each.origin.is_folder:
                wanted |= {
                    member.identifier
                    for member in self.contents.members(each.origin)
                    if not each.inside or member.path.is_relative_to(each.inside)
                }
        self._download(wanted)
        self.judge.check_out(inputs)

    def _download(self, ids: set[str]) -> None:
        held = self.objects.held(ids)
        if absent := sorted(ids - held.keys()):
            raise InputError(
                f"{self.bucket.address}: {len(absent)} of {len(ids)} objects that {self.stage}"
                f" needs are missing, {absent[0]} first: push them where they were made"
                " (python -m pipelines.store push), or run the stage that makes them again"
            )
        self.objects.download(held, self.cache)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
