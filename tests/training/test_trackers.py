import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from urllib.error import URLError
from urllib.request import urlopen

import certifi
import pytest
from accelerate import PartialState

from components.runtime.errors import InputError
from components.training import trackers as module
from components.training.trackers import TrackedRun, Trackers, requested_trackers

KEY = "0123456789abcdef0123456789abcdef"
RUN = TrackedRun("small", KEY, step=0, num_steps=40, settings={"epochs": 2, "seed": 1})


@pytest.fixture
def start(monkeypatch):
    """Adds a tracker whose start, or whose log and finish, are given."""

    def add(name, start=None, *, log=None, finish=lambda: None):
        monkeypatch.setitem(module.START, name, start or (lambda _run: (log, finish)))

    return add


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("tensorbord", "tensorbord in TRACKERS: expected some of mlflow,tensorboard,wandb"),
        ("no_such", "no_such in TRACKERS: expected its package, uv pip install no_such"),
        ("manifests", "manifests in TRACKERS: expected its package"),  # a folder, not a package
    ],
)
def test_a_tracker_that_cannot_be_used_is_refused_in_one_line(given, said, monkeypatch, start):
    if given != "tensorbord":
        start(given)
    monkeypatch.setenv("TRACKERS", f" , {given}")
    with pytest.raises(InputError, match=said):
        requested_trackers()
    monkeypatch.delenv("TRACKERS")
    assert requested_trackers() == ()


@pytest.mark.slow
def test_the_first_loss_is_shown_at_once_and_every_validation(make_run, start, monkeypatch):
    use = {"gpu_utilization": 50.0, "gpu_memory_gib": 1.5}
    monkeypatch.setattr("components.training.steps.gpu_use", lambda: use)
    shown, finished = [], []
    start("kept", log=lambda *item: shown.append(item), finish=lambda: finished.append(True))
    run = make_run()
    with Trackers(("kept",), RUN) as trackers:
        run.train(checkpoint_seconds=3600, trackers=trackers)
    assert finished == [True]
    assert all(use.items() <= line.items() for line in run.history.lines)
    first, *_ = shown
    assert first[1] == 1
    assert first[0]["training/loss"] == pytest.approx(5.7, abs=0.3)
    assert first[0]["training/learning_rate"] == 0  # a warm-up begins
    validations = [(step, values) for values, step in shown if "epoch" in values]
    assert [(step, values["epoch"]) for step, values in validations] == [(20, 1), (40, 2)]
    kept = run.history.epochs[-1]
    assert validations[-1][1]["validation/perplexity"] == kept["validation_perplexity"]
    assert validations[-1][1]["validation/bits_per_byte"] == kept["validation_bits_per_byte"]


@pytest.fixture
def trainer_server(httpserver, tmp_path, monkeypatch):
    """The server of Kubeflow Trainer that takes the status of a TrainJob; without its TLS."""
    (tmp_path / "token").write_text("first")
    monkeypatch.setenv(module.STATUS_URL, httpserver.url_for("/status"))
    monkeypatch.setenv(module.STATUS_CERTIFICATE, certifi.where())
    monkeypatch.setenv(module.STATUS_TOKEN, str(tmp_path / "token"))
    return httpserver


def test_a_trainjob_gets_its_status(trainer_server, tmp_path, monkeypatch):
    models = pytest.importorskip("kubeflow_trainer_api.models")
    monkeypatch.delenv("TRACKERS", raising=False)
    trainer_server.expect_request("/status", method="POST").respond_with_json({})
    with Trackers(requested_trackers(), RUN) as trackers:
        trackers.log({"training/loss": 5.7012345, "training/learning_rate": 2e-5}, step=1)
        while len(trainer_server.log) < 1:
            threading.Event().wait(0.01)
        (tmp_path / "token").write_text("second")  # Kubernetes renews it
        trackers.log({"training/loss": 1.0}, step=40)
    sent = [request for request, _ in trainer_server.log]
    tokens = [request.headers["Authorization"] for request in sent]
    assert tokens == ["Bearer first", "Bearer second"]
    first, last = (
        models.TrainerV1alpha1UpdateTrainJobStatusRequest.from_dict(request.json).trainer_status
        for request in sent
    )
    assert (first.progress_percentage, last.progress_percentage) == (2, 100)
    assert last.estimated_remaining_seconds == 0
    shown = {each.name: each.value for each in first.metrics}
    assert shown == {"training/loss": "5.70123", "training/learning_rate": "2e-05"}


def test_a_trainjob_whose_status_is_refused_trains_on(trainer_server, capsys):
    trainer_server.expect_request("/status").respond_with_json({}, status=403)
    with Trackers(requested_trackers(), RUN) as trackers:
        for step in (1, 2):
            trackers.log({"training/loss": 1.0}, step=step)
    (line,) = capsys.readouterr().err.splitlines()
    assert line == "tracker trainjob: HTTP Error 403: FORBIDDEN; training goes on"


def test_a_tracker_that_fails_is_a_line_and_the_others_go_on(start, capsys):
    shown = []

    def fail(*_):
        raise OSError("no route\nto host")

    start("away", fail)
    start("lossy", log=fail)
    start("kept", log=lambda *item: shown.append(item))
    with Trackers(("away", "lossy", "kept"), RUN) as trackers:
        for step in range(3):
            trackers.log({"loss": 1.0}, step=step)
    assert [step for _, step in shown] == [0, 1, 2]
    lines = sorted(capsys.readouterr().err.splitlines())
    assert lines == [
        f"tracker {name}: no route to host; training goes on" for name in ("away", "lossy")
    ]


def test_a_server_that_does_not_answer_does_not_hold_the_training(start, monkeypatch, capsys):
    monkeypatch.setattr(module, "SECONDS_TO_FINISH", 0.1)
    answered = threading.Event()
    start("silent", log=lambda *_: answered.wait(60))
    with Trackers(("silent",), RUN) as trackers:
        for step in range(1000):
            trackers.log({"loss": 1.0}, step=step)
    answered.set()
    assert "tracker silent: not finished in time" in capsys.readouterr().err


@pytest.fixture
def resumed(tmp_path, monkeypatch):
    """Lets a tracker see a training and its resumption two steps before where it was stopped."""
    PartialState()  # which a training has, and wandb's tracker in accelerate wants
    monkeypatch.setenv("TRACKERS_DIR", str(tmp_path / "trackers"))
    monkeypatch.setenv("WANDB_MODE", "offline")
    variables = ("MLFLOW_TRACKING_URI", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_RUN_ID")
    for name in (*variables, "WANDB_DIR", "WANDB_PROJECT"):
        monkeypatch.delenv(name, raising=False)

    def track(name):
        environment = dict(os.environ)  # of each pod; MLflow takes its own variable out
        for first, last in ((1, 4), (3, 6)):
            os.environ.update(environment)
            with Trackers((name,), RUN._replace(step=first - 1)) as trackers:
                for step in range(first, last):
                    trackers.log({"training/loss": 1 / step}, step=step)
        return tmp_path / "trackers"

    return track


@pytest.mark.slow
def test_tensorboard_shows_a_resumed_training_as_one_curve(resumed, capsys):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (folder,) = (resumed("tensorboard") / "tensorboard").iterdir()
    assert not capsys.readouterr().err
    assert folder.name == "small-01234567"
    events = EventAccumulator(str(folder)).Reload()
    curve = [(each.step, each.value) for each in events.Scalars("training/loss")]
    assert curve == [(step, pytest.approx(1 / step)) for step in (1, 2, 3, 4, 5)]


@pytest.mark.slow
def test_mlflow_shows_a_resumed_training_as_one_run(resumed):
    mlflow = pytest.importorskip("mlflow")
    folder = resumed("mlflow")
    client = mlflow.MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("matching-experts")
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.info.run_name == "small"
    assert run.info.status == "FINISHED"
    assert run.data.params == {"epochs": "2", "seed": "1"}
    history = client.get_metric_history(run.info.run_id, "training/loss")
    assert {each.step for each in history} == {1, 2, 3, 4, 5}


@pytest.fixture
def mlflow_server(tmp_path):
    """The URL of an MLflow server."""
    pytest.importorskip("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = f"sqlite:///{tmp_path / 'server.db'}"
    flags = ["--port", str(port), "--workers", "1", "--backend-store-uri", store]
    server = subprocess.Popen([sys.executable, "-m", "mlflow", "server", *flags], cwd=tmp_path)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with suppress(URLError):
                assert urlopen(f"{url}/health").status == 200
                break
            time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait()


@pytest.mark.slow
def test_a_training_joins_the_mlflow_run_that_kubeflow_made_for_its_task(
    mlflow_server, resumed, monkeypatch
):
    import mlflow

    mlflow.set_tracking_uri(mlflow_server)
    client = mlflow.MlflowClient()
    experiment = client.create_experiment("KFP-Default")
    task = client.create_run(experiment, run_name="train small").info.run_id  # by the task's driver
    given = {"TRACKING_URI": mlflow_server, "RUN_ID": task, "EXPERIMENT_ID": experiment}
    for name, value in given.items():
        monkeypatch.setenv(f"MLFLOW_{name}", value)
    resumed("mlflow")
    (run,) = client.search_runs([each.experiment_id for each in client.search_experiments()])
    assert (run.info.run_id, run.info.run_name) == (task, "train small")
    assert run.data.params == {"epochs": "2", "seed": "1"}
    history = client.get_metric_history(task, "training/loss")
    assert {each.step for each in history} == {1, 2, 3, 4, 5}


def records(content):
    """The records of a file of wandb's, in LevelDB's log format: blocks of 32 KiB hold parts."""
    place, record = 7, b""  # behind wandb's own header
    while place + 7 <= len(content):
        if (left := 32768 - place % 32768) < 7:
            place += left
            continue
        _, size, kind = struct.unpack("<IHB", content[place : place + 7])
        record += content[place + 7 : place + 7 + size]
        if kind in (1, 4):  # a whole record, or the last part of one
            yield record
            record = b""
        place += 7 + size


@pytest.mark.slow
def test_wandb_writes_both_parts_of_a_training_offline_under_one_id(resumed):
    pytest.importorskip("wandb")
    from wandb.proto.wandb_internal_pb2 import Record

    folder, latest, curve = resumed("wandb"), time.monotonic() + 20, {}
    while len(curve) < 5 and time.monotonic() < latest:  # a process of wandb's writes them
        for file in folder.glob("wandb/offline-run-*/*.wandb"):
            assert file.stem == f"run-{RUN.key}"
            for record in map(Record.FromString, records(file.read_bytes())):
                row = {
                    "/".join(each.nested_key) or each.key: json.loads(each.value_json)
                    for each in record.history.item
                }
                if row:
                    curve[row["step"]] = row["training/loss"]
        time.sleep(0.1)
    assert curve == {step: pytest.approx(1 / step) for step in (1, 2, 3, 4, 5)}
