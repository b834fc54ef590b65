"""A run is waited for: each change of its tasks is told, and how it ended."""

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from components.errors import InputError
from pipelines.runs.host import Host
from pipelines.runs.host_faults import AwayError
from pipelines.runs.pods import Pod, read_log, read_pod
from pipelines.runs.result_table import result_table
from pipelines.runs.state import BAD, GOOD, Run, Task, look

SECONDS_BETWEEN_LOOKS = 10.0
SECONDS_OF_PATIENCE = 600.0  # with a host that is away
LOG_LINES = 20


def watch(at: Host, run: str) -> None:
    """Waits for the end of a run, a line for each task that changes; ends with its results.

    Raises:
        InputError: There is no such run, or the host is away for long or refuses.
        SystemExit: The run failed; its last line names the task, after the end of its log.
        KeyboardInterrupt: It was interrupted; the run goes on.
    """
    goes_on = f"the run goes on: python -m pipelines wait --run {run} --host {at.url}"
    if at.namespace:
        goes_on += f" --namespace {at.namespace}"
    watched = Watch(at, run)
    try:
        ended = watched.until_end()
    except KeyboardInterrupt:
        _say(goes_on)
        raise
    except InputError as error:
        raise InputError(f"{error}; {goes_on}" if watched.is_known else str(error)) from None
    if ended.state in GOOD:
        _show_results(at, ended)
    else:
        _show_failure(at, ended)


@dataclass
class Watch:
    """A run that is watched.

    Attributes:
        at: Its host.
        run: Its id.
    """

    at: Host
    run: str
    _told: dict[str, str] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """Whether the host has told of it."""
        return "host" in self._told

    def until_end(self) -> Run:
        """The run when it has ended.

        Raises:
            InputError: There is no such run, or the host is away for long or refuses.
        """
        seen = time.monotonic()
        while True:
            try:
                run = look(self.at, self.run)
            except AwayError as error:
                if time.monotonic() - seen > SECONDS_OF_PATIENCE:
                    raise
                if self._is_new("host", "away"):
                    _say(f"{error}; trying again")
            else:
                seen, self._told["host"] = time.monotonic(), "here"
                for line in self._changes(run):
                    _say(line)
                if run.has_ended:
                    return run
            time.sleep(SECONDS_BETWEEN_LOOKS)

    def _changes(self, run: Run) -> Iterable[str]:
        """A line for each task whose state is another than before, or whose pod waits."""
        for task in run.tasks:
            if self._is_new(task.name, task.state):
                why = f": {task.message}" if task.message else ""
                yield f"{task.name}: {task.state.lower()}{why}"
            if task.state == "RUNNING" and task.pod and self._told.get(task.pod) != "runs":
                said = self._pods_state(run, task)
                if self._is_new(task.pod, said) and said not in ("", "runs"):
                    yield f"{task.name}: {said}"

    def _pods_state(self, run: Run, task: Task) -> str:
        """What a running task's pod does; nothing where it starts or the host shows no pods."""
        try:
            pod = read_pod(self.at, run, task)
        except InputError:  # nor does what else is known depend on it
            return ""
        if not pod or pod.phase == "Running":
            return "runs" if pod else ""
        if pod.phase == "Failed":
            return f"a pod failed, another follows: {pod.advice}"
        return f"waits: {pod.advice}" if pod.advice else ""

    def _is_new(self, what: str, said: str) -> bool:
        before = self._told.get(what)
        self._told[what] = said
        return before != said


def _show_results(at: Host, run: Run) -> None:
    """Prints the table of results; without the store's keys, where it is."""
    print(f"{run.id}: {run.state.lower()}: {at.page(run.id)}")  # noqa: T201
    store = run.parameters.get("store")
    try:
        print(f"\n{result_table(str(store), run.id)}")  # noqa: T201
    except InputError as error:
        _say(
            f"the table of results is in the store, and on the run's page in the summary of"
            f" 'figures and report'; not shown here: {error}"
        )


def _show_failure(at: Host, run: Run) -> None:
    """Prints the end of the log of the task that failed first, and exits with a line."""
    failed = [task for task in run.tasks if task.state in BAD]
    if not failed:
        sys.exit(f"error: {run.id}: {run.state.lower()}, no task failed: {at.page(run.id)}")
    first = failed[0]
    try:
        _say("\n".join(read_log(at, run, first).splitlines()[-LOG_LINES:]))
        pod = read_pod(at, run, first)
        why = (pod or Pod("Failed", first.message, "", None)).advice
    except InputError as error:
        why = f"no more is known: {error}"
    others = "".join(f", {task.name}" for task in failed[1:])
    sys.exit(
        f"error: {run.id}: {run.state.lower()}: {first.name}{others}"
        + (f": {why}" if why else "")
        + f": {at.page(run.id)}"
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201
