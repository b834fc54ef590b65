"""The use of a GPU is shown where the driver can tell it, and missing quietly elsewhere."""

import pytest
import torch

from components.training import reporting
from components.training.gpu import gpu_use
from components.training.steps import History
from components.training.trackers import Trackers


class Shown(Trackers):
    """Keeps what trackers are told."""

    def log(self, values, *, step):
        self.values = values


@pytest.fixture
def gpu(monkeypatch):
    """A GPU whose driver answers as a function does."""

    def add(busy):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "utilization", busy)
        monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda: 3 << 29)

    return add


def told(monkeypatch):
    """The note of a step that trackers hear of, and what they hear."""
    monkeypatch.setattr(reporting, "SECONDS_BETWEEN", 0.0)
    shown = Shown()
    reporter = reporting.Reporter(shown, tokens_per_step=1)
    lines = [{"training_loss": loss, **gpu_use()} for loss in (9.0, 5.0, 1.0)]
    history = History(step=1, lines=lines)
    return reporter.after_step(history, loss=3.2, learning_rate=0.1), shown.values


def test_a_busy_gpu_is_on_the_progress_line_and_in_trackers(gpu, monkeypatch):
    gpu(lambda: 97)
    note, values = told(monkeypatch)
    assert note.startswith("loss 3.200 █▅▁, ")
    assert note.endswith(" tokens/s, GPU 97 % busy")
    assert values["training/gpu_utilization"] == 97
    assert values["training/gpu_memory_gib"] == 1.5


@pytest.mark.parametrize("error", [ModuleNotFoundError, RuntimeError, OSError])
def test_a_driver_that_cannot_tell_ends_nothing(gpu, monkeypatch, error):
    def busy():
        raise error

    gpu(busy)
    note, values = told(monkeypatch)
    assert note.endswith(" tokens/s")
    assert not [name for name in values if "gpu" in name]


@pytest.mark.slow
def test_the_history_has_it_on_each_line_and_nothing_of_it_without_a_gpu(make_run, monkeypatch):
    if not torch.cuda.is_available():
        assert gpu_use() == {}
    monkeypatch.setattr("components.training.steps.gpu_use", lambda: {"gpu_utilization": 50.0})
    run = make_run(epochs=1)
    run.train(checkpoint_seconds=3600)
    assert {line["gpu_utilization"] for line in run.history.lines} == {50.0}
