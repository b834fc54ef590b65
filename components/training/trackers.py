"""Trackers of experiments, as accelerate wraps them: where people watch a training while it runs.

A tracker decides no result, so the environment names it and not a parameter. Each works in a thread
of its own: a server that is slow or away neither delays the training nor ends it.
"""

import json
import logging
import os
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.request import Request, urlopen

from components.runtime.errors import InputError

PROJECT = "matching-experts"
KEY = "matching_experts.key"  # of MLflow's tag with the training's key
SECONDS_TO_FINISH = 30  # for what a server has not taken yet when the training has ended
SECONDS_TO_STOP = 5  # the same when it was stopped or failed
LONGEST_REASON = 200
# Not in TRACKERS: Kubeflow Trainer asks for it, by variables, where its feature gate TrainJobStatus
# is on (https://www.kubeflow.org/docs/components/trainer/).
TRAINJOB = "trainjob"
STATUS_URL = "KUBEFLOW_TRAINER_SERVER_URL"
STATUS_CERTIFICATE = "KUBEFLOW_TRAINER_SERVER_CA_CERT"  # the path of a file, and so is the next
STATUS_TOKEN = "KUBEFLOW_TRAINER_SERVER_TOKEN"  # noqa: S105
STATUS_SECONDS = 10  # to wait for its answer

Values = dict[str, float]
Tracker = tuple[Callable[[Values, int], None], Callable[[], None]]  # log, finish


class TrackedRun(NamedTuple):
    """What a tracker is told of a training."""

    name: str  # the model's
    key: str  # the same for a training and its resumption, and for no other one
    step: int  # optimizer steps of earlier sessions
    num_steps: int  # optimizer steps in all
    settings: dict[str, Any]  # the recipe and the inputs, shown beside the curves

    @property
    def folder(self) -> Path:
        """Where trackers without a server write."""
        folder = Path(os.environ.get("TRACKERS_DIR", "trackers")).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def requested_trackers() -> tuple[str, ...]:
    """Names of trackers in the variable TRACKERS, separated by commas, and of a TrainJob's.

    Raises:
        InputError: A name is unknown, or its package is not installed.
    """
    given = (name.strip() for name in os.environ.get("TRACKERS", "").split(","))
    names = tuple(dict.fromkeys(filter(None, given)))
    for name in names:
        if name not in (known := [each for each in START if each != TRAINJOB]):
            raise InputError(f"{name} in TRACKERS: expected some of {','.join(known)}")
        package = find_spec(name)
        if package is None or package.origin is None:  # a folder wandb/ here is no package
            raise InputError(f"{name} in TRACKERS: expected its package, uv pip install {name}")
    return (*names, TRAINJOB) if STATUS_URL in os.environ else names


class Trackers:
    """The trackers of one training; a context that starts and finishes them.

    Args:
        names: Which; none does nothing.
        run: The training; needed where there is a tracker.
    """

    def __init__(self, names: tuple[str, ...] = (), run: TrackedRun | None = None) -> None:
        self._workers = [_Worker(name, run) for name in names if run]

    def __enter__(self) -> Self:
        for each in self._workers:
            each.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        for each in self._workers:
            each.values.put(None)
        latest = time.monotonic() + (SECONDS_TO_STOP if error else SECONDS_TO_FINISH)
        for each in self._workers:
            each.join(max(0.0, latest - time.monotonic()))
            if each.is_alive():
                each.say("not finished in time; its last values may be missing")

    def log(self, values: Values, *, step: int) -> None:
        """Hands values by name, after a number of steps, to the trackers; returns at once."""
        for each in self._workers:
            each.values.put((values, step))


class _Worker(Thread):
    """Starts a tracker, gives it values until None comes, and finishes it."""

    def __init__(self, name: str, run: TrackedRun) -> None:
        super().__init__(name=name, daemon=True)
        self.values: SimpleQueue[tuple[Values, int] | None] = SimpleQueue()
        self._run, self._failed = run, False

    def run(self) -> None:
        with self._survived():
            log, finish = START[self.name](self._run)
            while item := self.values.get():
                with self._survived():
                    log(*item)
            finish()

    def say(self, line: str) -> None:
        print(f"tracker {self.name}: {line}", file=sys.stderr, flush=True)  # noqa: T201

    @contextmanager
    def _survived(self) -> Iterator[None]:
        """Says in one line what went wrong, the first time."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - of trackers and their networks, many kinds
            if not self._failed:
                reason = " ".join(str(error).split())[:LONGEST_REASON] or type(error).__name__
                self.say(f"{reason}; training goes on")
            self._failed = True


def _start_mlflow(run: TrackedRun) -> Tracker:
    """A run of an MLflow experiment; by default in a database in the folder.

    Kubeflow's plugin names in MLFLOW_RUN_ID the run of the task, which the curves then join.
    """
    import mlflow
    from accelerate.tracking import MLflowTracker

    logging.getLogger("mlflow").setLevel(logging.ERROR)  # of every table that it creates
    if "MLFLOW_TRACKING_URI" not in os.environ:
        mlflow.set_tracking_uri(f"sqlite:///{run.folder / 'mlflow.db'}")
    name: str | None = run.name
    if own := os.environ.get("MLFLOW_RUN_ID"):
        experiment = mlflow.get_experiment(mlflow.get_run(own).info.experiment_id)
        name = None  # the task's stays
    else:
        project = os.environ.get("MLFLOW_EXPERIMENT_NAME", PROJECT)
        experiment = mlflow.set_experiment(project)
        earlier = mlflow.search_runs(
            [experiment.experiment_id],
            filter_string=f"tags.`{KEY}` = '{run.key}'",
            max_results=1,
            output_format="list",
        )
        own = earlier[0].info.run_id if earlier else None
    tracker = MLflowTracker(experiment.name, run_id=own, run_name=name, tags={KEY: run.key})
    tracker.start()
    tracker.store_init_configuration(run.settings)
    return tracker.log, tracker.finish


def _start_tensorboard(run: TrackedRun) -> Tracker:
    """Event files in a folder of the training's; of a resumed one, later events are hidden."""
    from accelerate.tracking import TensorBoardTracker

    first = run.step + 1 if run.step else None  # whose events, of the stopped session, are hidden
    tracker = TensorBoardTracker(
        f"{run.name}-{run.key[:8]}", run.folder / "tensorboard", purge_step=first
    )
    tracker.start()
    rows = "".join(f"| {name} | {value} |\n" for name, value in run.settings.items())
    tracker.log({"settings": f"| | |\n|---|---|\n{rows}"}, step=run.step)
    return tracker.log, tracker.finish


def _start_wandb(run: TrackedRun) -> Tracker:
    """A run of Weights & Biases with the training's key as its id."""
    import wandb
    from accelerate.tracking import WandBTracker

    tracker = WandBTracker(
        os.environ.get("WANDB_PROJECT", PROJECT),
        name=run.name,
        id=run.key,
        resume="allow",
        config=run.settings,
        dir=os.environ.get("WANDB_DIR", str(run.folder)),
        settings=wandb.Settings(console="off", finish_timeout=SECONDS_TO_FINISH / 2),
    )
    tracker.start()
    # Its own steps must rise; a resumed training begins some steps before the last ones it told.
    tracker.tracker.define_metric("*", step_metric="step")
    return lambda values, step: tracker.log(values | {"step": step}), tracker.finish


def _start_trainjob(run: TrackedRun) -> Tracker:
    """The status of the TrainJob that this training is part of."""
    trust = ssl.create_default_context(cafile=os.environ[STATUS_CERTIFICATE])
    began = time.monotonic()

    def log(values: Values, step: int) -> None:
        status: dict[str, Any] = {
            "progressPercentage": 100 * step // run.num_steps,
            "metrics": [{"name": name, "value": f"{value:.6g}"} for name, value in values.items()],
            "lastUpdatedTime": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        if step > run.step:
            seconds_per_step = (time.monotonic() - began) / (step - run.step)
            status["estimatedRemainingSeconds"] = round(seconds_per_step * (run.num_steps - step))
        token = Path(os.environ[STATUS_TOKEN]).read_text(encoding="ascii").strip()  # it is renewed
        request = Request(  # noqa: S310 (the controller's address)
            os.environ[STATUS_URL],
            data=json.dumps({"trainerStatus": status}).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        urlopen(request, timeout=STATUS_SECONDS, context=trust).close()  # noqa: S310

    return log, lambda: None


START: dict[str, Callable[[TrackedRun], Tracker]] = {
    "mlflow": _start_mlflow,
    "tensorboard": _start_tensorboard,
    TRAINJOB: _start_trainjob,
    "wandb": _start_wandb,
}
