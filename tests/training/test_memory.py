from types import SimpleNamespace

import pytest
import torch

from components.training.memory import memory_error

GPU = (
    "CUDA out of memory. Tried to allocate 20.50 GiB. GPU 0 has a total capacity of 79.11 GiB of"
    " which 10.93 GiB is free."
)


def test_on_a_gpu_the_hint_has_what_is_needed_and_what_is_there(monkeypatch):
    properties = SimpleNamespace(total_memory=79 * 2**30)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda _: properties)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda _: 60 * 2**30)
    options = {"sequence_length": 1024, "device": torch.device("cuda")}
    found = memory_error(torch.OutOfMemoryError(GPU), micro_batch_size=64, **options)
    assert str(found) == (
        "micro_batch_size 64, sequences of 1,024 tokens: needs more than 80.5 GiB of memory, the"
        " GPU has 79.0 GiB; try a micro_batch_size of 32"
    )
    least = memory_error(torch.OutOfMemoryError(GPU), micro_batch_size=1, **options)
    assert str(least).endswith("try a smaller model or shorter sequences")


@pytest.mark.parametrize("error", [RuntimeError("size mismatch"), ValueError("bad")])
def test_other_errors_are_not_about_memory(error):
    device = torch.device("cpu")
    assert not memory_error(error, micro_batch_size=2, sequence_length=8, device=device)
