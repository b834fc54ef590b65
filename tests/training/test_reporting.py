import pytest
import torch

from components.training import reporting
from components.training.steps import History, gpu_use
from components.training.trackers import Trackers


class Shown(Trackers):
    """Keeps what trackers are told."""

    def log(self, values, *, step):
        self.values = values


@pytest.mark.parametrize("can_tell", [True, False])
def test_a_busy_gpu_is_shown_where_its_driver_can_tell_and_else_ends_nothing(monkeypatch, can_tell):
    def utilization():
        if not can_tell:
            raise ModuleNotFoundError
        return 97

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "utilization", utilization)
    monkeypatch.setattr(torch.cuda, "max_memory_reserved", lambda: 3 << 29)
    monkeypatch.setattr(reporting, "SECONDS_BETWEEN", 0.0)
    shown = Shown()
    reporter = reporting.Reporter(shown, tokens_per_step=1)
    history = History(step=1)
    history.lines = [{"training_loss": loss, **gpu_use()} for loss in (9.0, 5.0, 1.0)]
    note = reporter.after_step(history, loss=3.2, learning_rate=0.1)
    assert note.startswith("loss 3.200 █▅▁, ")
    assert note.endswith(" tokens/s, GPU 97 % busy" if can_tell else " tokens/s")
    found = {name: value for name, value in shown.values.items() if "gpu" in name}
    use = {"training/gpu_utilization": 97, "training/gpu_memory_gib": 1.5}
    assert found == (use if can_tell else {})
