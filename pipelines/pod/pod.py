"""Runs one stage of `dvc.yaml` in a pod, unless the store knows its result already."""

import contextlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from components.errors import InputError
from pipelines.pod.judge import Input, Judge, StageFailedError
from pipelines.pod.outcome import Outcome, Places
from pipelines.pod.signals import forwarded
from pipelines.pod.state import StateMirror
from pipelines.store.address import read_address
from pipelines.store.bucket import Bucket
from pipelines.store.lock_entries import (
    Contents,
    Entry,
    outputs,
    read_entries,
    read_yaml,
)
from pipelines.store.objects import Objects
from pipelines.store.presence import incomplete
from pipelines.store.run_cache import key_of, records, write_record
from pipelines.store.studies import Study, check_run, data_outputs, write_study
from pipelines.workspace import cache_of, lay_out, set_environment


def pod(
    *,
    stage: str,
    run: str,
    store: str,
    params: str,
    data: str,
    lock: Path,
    metrics: Path,
    summary: Path | None = None,
    report: Path | None = None,
    executor_input: str | None = None,
    entries: tuple[Path, ...] = (),
    stages: str | None = None,
    code: Path = Path(),
    workspace: Path = Path("/tmp/workspace"),  # noqa: S108 (a pod's own)
    state_seconds: float = 120.0,
) -> None:
    """Runs one stage of `dvc.yaml` in a pod, unless the store knows its result already.

    The stage gets the inputs that its lock entries name; its outputs, the record of what they came
    of and its lock entry go into the store, in this order. Exits as the stage does.

    Args:
        stage: The stage's name in dvc.yaml, training@gpt2-neuro say.
        run: Id of the run that asks for it.
        store: URL of the store, s3://bucket/prefix; endpoint and keys come from the environment.
        params: The text of params.yaml.
        data: The text of data.dvc.
        lock: Where the stage's lock entry is written, in the form of dvc.lock.
        metrics: Where its metrics are written, as flat JSON.
        summary: Where its result is written in Markdown.
        report: Where its report in HTML is copied.
        executor_input: What `{{$}}` stands for in Kubeflow Pipelines: where metadata is written.
        entries: Files with the lock entries of the stages before it.
        stages: Names of all stages that the caller's graph has, with spaces between them; other
            parameters than these are refused.
        code: The folder with components/, dvc.yaml and .dvcignore.
        workspace: Where the stage runs; an interrupted pod's is gone on with.
        state_seconds: Seconds between two copies of .state/ into the store.

    Raises:
        InputError: The stage cannot run, or its result cannot be kept; one line says why.
        SystemExit: The stage's command ended badly; with its exit code.
    """
    check_run(run)
    read_yaml(params, where="params.yaml")
    data_outputs(data, where="data.dvc")
    known = _read_all(entries)
    workspace = workspace.absolute()
    places = Places(
        lock.absolute(),
        metrics.absolute(),
        summary and summary.absolute(),
        report and report.absolute(),
        executor_input,
    )
    lay_out(workspace, code=code.absolute(), params=params, data=data, entries=known)
    set_environment(workspace)
    bucket = Bucket(read_address(store))
    with contextlib.chdir(workspace), Judge(workspace, stage) as judge:
        if stages is not None:
            judge.check_stages(stages.split())
        judge.check_entries(known)
        write_study(bucket, Study(run, params, data))  # from now on the collector knows of the run
        task = Task(stage, judge, bucket, workspace)
        outcome = task.outcome(state_seconds)
        write_study(bucket, Study(run, params, data, {stage: outcome.entry}))
        outcome.hand_out(places, metrics=judge.metrics(), contents=task.contents)


def _read_all(files: Iterable[Path]) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for file in files:
        if not file.is_file():
            raise InputError(f"not found: {file}, expected the lock entry of a stage before")
        entries = read_entries(file.read_text(encoding="utf-8", errors="replace"), where=str(file))
        for stage, entry in entries.items():
            outputs(entry, where=f"{file}, {stage}")
        found |= entries
    return found


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
    judge: Judge
    bucket: Bucket
    workspace: Path

    def __post_init__(self) -> None:
        self.cache = cache_of(self.workspace)
        self.objects = Objects(self.bucket)
        self.contents = Contents(self.objects, self.cache)
        self._fetch_manifests(self.judge.inputs())
        self.key = key_of(self.judge.pending_entry())

    def outcome(self, state_seconds: float) -> Outcome:
        """The stage's result: an earlier run's if the store holds one, else this pod's.

        Args:
            state_seconds: Seconds between two copies of the state.

        Raises:
            InputError: The stage cannot run, or its result cannot be kept.
            SystemExit: Its command ended badly.
        """
        if entry := self.known_entry():
            _say(f"{self.stage}: made before, not run again")
            return Outcome(self.stage, entry, made_before=True)
        return Outcome(self.stage, self.make(state_seconds), made_before=False)

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

    def make(self, state_seconds: float) -> Entry:
        """Runs the stage and puts what it made into the store.

        Args:
            state_seconds: Seconds between two copies of the state.

        Returns:
            Its lock entry.

        Raises:
            InputError: An input is missing or corrupt, or the outputs did not arrive.
            SystemExit: The stage's command ended badly.
        """
        self._pull(self.judge.inputs())
        state = StateMirror(
            self.bucket,
            workspace=self.workspace,
            stage=self.stage,
            key=self.key,
            seconds=state_seconds,
        )
        state.restore()
        try:
            with forwarded(), state:
                self.judge.run()
        except StageFailedError as error:
            sys.exit(error.code)
        entry = self.judge.entry()
        made = outputs(entry, where=f"lock entry of {self.stage}")
        self.objects.upload(self.contents.ids(made), self.cache)
        write_record(self.bucket, entry)
        return entry

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
