"""A copy of a training run's state in host memory, which later steps do not change."""

import json
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

Progress = dict[str, Any]


class Snapshot:
    """Model, optimizer and progress between two steps.

    The buffers are reused by the next copy. Those of tensors on a GPU are pinned.

    Attributes:
        step: Optimizer steps so far.
        progress: The run's other state, as JSON.
        best_step: Steps after which the best weights were written; None without any.
        model: Weights by name; tied ones by their first name.
        optimizer: State by the parameter's number and the state's name, as in `0.exp_avg`.
    """

    def __init__(self) -> None:
        self.step, self.progress = 0, ""
        self.best_step: int | None = None
        self.model: dict[str, Tensor] = {}
        self.optimizer: dict[str, Tensor] = {}

    def take(
        self,
        progress: Progress,
        *,
        step: int,
        model: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
    ) -> None:
        """Copies the state; when it returns, the copy is complete.

        Args:
            progress: The run's other state, serialisable as JSON; with `best_step`.
            step: Optimizer steps so far; they name the checkpoint.
            model: The model, not wrapped.
            optimizer: Its optimizer.
        """
        self.step, self.progress = step, json.dumps(progress)
        self.best_step = progress.get("best_step")
        _copy(_distinct(model.state_dict()), self.model)
        _copy(_flat(optimizer.state_dict()["state"]), self.optimizer)
        device = next(model.parameters()).device
        if device.type == "cuda":  # copies queue behind the step; wait for both
            torch.cuda.current_stream(device).synchronize()


def _copy(tensors: Iterator[tuple[str, Tensor]], buffers: dict[str, Tensor]) -> None:
    for name, tensor in tensors:
        if name not in buffers:
            buffers[name] = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=tensor.is_cuda)
        buffers[name].copy_(tensor, non_blocking=tensor.is_cuda)


def _distinct(tensors: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Each tensor once: tied weights have several names."""
    seen = set()
    for name, tensor in tensors.items():
        place = (tensor.data_ptr(), tensor.shape, tensor.stride())
        if place not in seen:
            seen.add(place)
            yield name, tensor


def _flat(state: dict[int, dict[str, Tensor]]) -> Iterator[tuple[str, Tensor]]:
    for number, kept in state.items():
        for name, tensor in kept.items():
            yield f"{number}.{name}", tensor
