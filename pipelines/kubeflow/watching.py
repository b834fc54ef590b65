"""A run is waited for: each change of its tasks is told, and how it ended."""

import shlex
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from components.errors import InputError
from pipelines.kubeflow.host import Host, Run, read_run
from pipelines.kubeflow.host_faults import AwayError
from pipelines.kubeflow.overview import Overview, Task, look_over
from pipelines.kubeflow.record import Record, read_record, unknown_run
from pipelines.store.bucket import Bucket
from pipelines.store.results import result_table
from pipelines.store.task_states import read_log

SECONDS_BETWEEN_LOOKS = 10.0
SECONDS_BETWEEN_PROGRESS = 60.0  # of a task
SECONDS_UNTIL_STUCK = 60.0  # between two tasks nothing goes on for a while
SECONDS_OF_PATIENCE = 600.0  # with a host or a store that is away
LOG_LINES = 20
MEND = "mend it and submit again, or Retry on the run's page: what is done is taken from the store"


@dataclass
class Watch:
    """A run that is watched.

    Attributes:
        run: Its id.
        bucket: The store that its pods write to.
        host: Its Kubeflow, if there is one.
        namespace: Where its pods are, if the host does not know it.
    """

    run: str
    bucket: Bucket
    host: Host | None = None
    namespace: str | None = None
    _kubeflow: Run | None = None
    _record: Record = field(default_factory=Record)
    _told: dict[str, object] = field(default_factory=dict)
    _times: dict[str, float] = field(default_factory=dict)  # when something was told

    def until_end(self) -> None:
        """Waits for the end of the run, a line for each change; ends with its results.

        Raises:
            InputError: There is no such run, or the host or the store is away for long or refuses.
            SystemExit: The run failed; its last line names the task, after the end of its log.
            KeyboardInterrupt: It was interrupted; the run goes on.
        """
        try:
            overview = self._watch()
        except KeyboardInterrupt:
            _say(self._how_to_go_on)
            raise
        except InputError as error:
            may_go_on = self._kubeflow or self._record or isinstance(error, AwayError)
            raise InputError(
                f"{error}; {self._how_to_go_on}" if may_go_on else str(error)
            ) from None
        kubeflow = overview.kubeflow
        page = f": {self.host.page(self.run)}" if self.host else ""
        if kubeflow.has_succeeded if kubeflow else overview.is_complete:
            print(f"{self.run}: succeeded{page}")  # noqa: T201
            self._show_results()
        else:
            sys.exit(f"error: {self.run}: {self._fault(overview)}{page}")

    def _watch(self) -> Overview:
        """The run when it has ended."""
        self._times["answer"] = time.monotonic()
        while True:
            try:
                overview = self._look()
            except AwayError as error:
                if self._since("answer") > SECONDS_OF_PATIENCE:
                    raise
                if self._is_new("answer", "away"):
                    _say(f"{error}; trying again")
            else:
                self._is_new("answer", "here")
                for line in self._news(overview):
                    _say(line)
                if self._has_ended(overview):
                    return overview
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _look(self) -> Overview:
        """What is known now. Kubeflow first: when it says that the run ended, all is written.

        Raises:
            AwayError: The host, or without one the store, is away.
            InputError: It refuses.
        """
        if self.host:
            self._kubeflow = read_run(self.host, self.run)
        try:
            self._record = read_record(self.bucket, self.run)
        except InputError as error:
            if not self.host:
                raise AwayError(str(error)) if self._record else error from None
            if self._is_new("store", "away"):
                _say(f"only what Kubeflow says can be told: {error}")
        else:
            self._told["store"] = "here"
        if not self.host and not self._record:
            raise unknown_run(self.bucket, self.run)
        self._times["answer"] = time.monotonic()
        return look_over(
            self.run, record=self._record, kubeflow=self._kubeflow, namespace=self.namespace
        )

    def _has_ended(self, overview: Overview) -> bool:
        """Whether nothing more will happen: Kubeflow says so, or without one the tasks do."""
        if overview.kubeflow:
            return overview.kubeflow.has_ended
        return overview.is_complete or overview.has_failed

    def _news(self, overview: Overview) -> Iterator[str]:
        """A line for each task that does something else than before, now and then its progress."""
        for task in overview.tasks:
            reason = task.text if task.kind in ("waits", "failed") else ""
            is_new = self._is_new(task.title, (task.kind, task.attempt, reason))
            progress = f"progress of {task.title}"
            if task.kind == "running" and self._since(task.title) > SECONDS_BETWEEN_PROGRESS:
                is_new |= self._told[progress] != task.text
            if is_new:
                self._times[task.title] = time.monotonic()
                self._told[progress] = task.text
            if is_new and task.kind != "starts":
                yield f"{task.title}: {task}"
        if not (overview.is_unexplained and overview.unasked):
            self._times["why"] = time.monotonic()
        elif self._since("why") > SECONDS_UNTIL_STUCK and self._is_new("why", overview.unasked):
            yield f"no task goes on, why is not known: {overview.unasked}"

    def _fault(self, overview: Overview) -> str:
        """Why the run failed and what to do; prints the end of the log of the task that did."""
        kubeflow, tasks = overview.kubeflow, overview.tasks
        failed = [task for task in tasks if task.kind == "failed"]
        if kubeflow and kubeflow.was_terminated and not failed:
            return "ended without a failed task: terminated on its page: Retry there goes on"
        failed = failed or [task for task in tasks if task.kind == "silent"]
        if not failed:
            asked = f" ({overview.unasked})" if overview.unasked else ""
            return (
                "ended without a failed task: by a limit, or its pods did not start or did not"
                f" reach the store{asked}: see the logs on its page"
            )
        self._show_log(failed[0])
        others = "".join(f", {task.title}" for task in failed[1:])
        mend = "" if failed[0].text.endswith("submit again") else f": {MEND}"
        return f"failed: {failed[0].title}{others}: {failed[0].text}{mend}"

    def _show_log(self, task: Task) -> None:
        try:
            log = read_log(self.bucket, self.run, task.stage, attempt=task.attempt) or ""
        except InputError as error:
            log = f"the log is unavailable: {error}"
        for line in log.splitlines()[-LOG_LINES:]:
            _say(line)

    def _show_results(self) -> None:
        """Prints the table of results; without the store's keys, where it is."""
        try:
            print(f"\n{result_table(str(self.bucket.address), self.run)}")  # noqa: T201
        except InputError as error:
            _say(
                "the table of results is in the store, and on the run's page in the summary of"
                f" 'figures and report'; not shown here: {error}"
            )

    def _since(self, what: str) -> float:
        """Seconds since something was told first."""
        return time.monotonic() - self._times.setdefault(what, time.monotonic())

    def _is_new(self, what: str, told: object) -> bool:
        before = self._told.get(what)
        self._told[what] = told
        return before != told

    @property
    def _how_to_go_on(self) -> str:
        url = self.host.url if self.host else None
        flags = {"host": url, "namespace": self.namespace, "store": str(self.bucket.address)}
        return f"the run goes on: {command('wait', run=self.run, **flags)}"


def command(name: str, **flags: str | None) -> str:
    """What to type for a command with some flags, those with a value."""
    given = [f"--{key} {shlex.quote(value)}" for key, value in flags.items() if value]
    return " ".join([f"python -m pipelines {name}", *given])


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201
