"""Checkpoints: everything that a stopped run needs to resume as if it had never stopped."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from safetensors import SafetensorError
from safetensors.torch import load_file, load_model, save_file, save_model
from torch import Tensor
from torch.distributed import broadcast

from components.runtime.atomic import written_file, written_folder
from components.runtime.errors import InputError
from components.training.processes import from_first

PARTIAL = ".partial"  # suffix of what does not count yet
Progress = dict[str, Any]  # a run's other state, as JSON; `best_step` names its best weights


class Snapshot:
    """A copy of a run's state in host memory, which later steps do not change.

    The buffers are reused by the next copy. Those of tensors on a GPU are pinned.

    Attributes:
        step: Optimizer steps so far.
        progress: The run's other state, as JSON.
        model: Weights by name; tied ones by their first name.
        optimizer: State by the parameter's number and the state's name, as in `0.exp_avg`.
    """

    def __init__(self) -> None:
        self.step, self.progress = 0, ""
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
        """Copies the state of a model, not wrapped; when it returns, the copy is complete."""
        self.step, self.progress = step, json.dumps(progress)
        _copy(_distinct(model.state_dict()), self.model)
        state = optimizer.state_dict()["state"]
        _copy(
            (
                (f"{number}.{name}", tensor)
                for number, kept in state.items()
                for name, tensor in kept.items()
            ),
            self.optimizer,
        )
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


class Checkpoints:
    """The newest checkpoint of a run, and its best weights, in the run's folder under `.state/`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, snapshot: Snapshot) -> Path:
        """Writes a complete checkpoint, which counts only after `publish`; returns its folder.

        There is no fsync: a killed process loses nothing by that, and most checkpoints are
        replaced before the kernel would have written them.

        Args:
            snapshot: Content of the checkpoint; must not change meanwhile.

        Raises:
            InputError: A weight is not finite; the earlier checkpoints stay.
        """
        for name, weights in snapshot.model.items():
            if not weights.isfinite().all():
                raise InputError(
                    f"weights that are not finite after optimizer step {snapshot.step:,}: {name};"
                    " try a lower peak learning rate"
                )
        newest = self.newest()
        # Validation writes several checkpoints at one step. Each has a name of its own: to replace
        # a folder it would have to be removed first.
        number = 1 + int(newest.name.rpartition("-")[2]) if newest else 0
        place = self.folder / f"step-{snapshot.step:09d}-{number:09d}{PARTIAL}"
        with written_folder(place) as folder:
            save_file(snapshot.model, folder / "model.safetensors")
            save_file(snapshot.optimizer, folder / "optimizer.safetensors")
            (folder / "progress.json").write_text(snapshot.progress, encoding="utf-8")
        return place

    def publish(self, partial: Path) -> None:
        """Puts a folder that `write` returned in its place, then removes what came before it."""
        before = self._all()
        place = partial.rename(partial.with_suffix(""))
        for old in before:
            shutil.rmtree(old)
        best_step = _progress(place).get("best_step")
        for step, file in self._all_best():
            if step < (best_step or 0):
                file.unlink()

    def newest(self) -> Path | None:
        """Folder of the newest checkpoint; None if there is none."""
        return next(reversed(self._all()), None)

    def write_best(self, model: torch.nn.Module, *, step: int) -> None:
        """Writes weights that are the best so far; a checkpoint then names them by their step."""
        with written_file(self._best(step)) as partial:
            save_model(model, str(partial))

    def load_best(self, model: torch.nn.Module, *, step: int) -> None:
        """Loads the best weights, written after a step, into a model that is not wrapped.

        Raises:
            InputError: They are damaged or missing.
        """
        try:
            load_model(model, self._best(step))
        except (SafetensorError, ValueError, FileNotFoundError) as error:
            raise _damaged(self.folder, error) from None

    def restore(
        self, *, model: torch.nn.Module, optimizer: torch.optim.Optimizer, accelerator: Accelerator
    ) -> Progress | None:
        """Loads the newest checkpoint into a model that is not wrapped, and its optimizer.

        The first process reads it, and the others get it from there: on another node there is none.
        What a killed run left incomplete is removed, and what it wrote after that checkpoint.

        Returns:
            The run's progress; None if there is no checkpoint.

        Raises:
            InputError: The newest checkpoint is damaged.
        """
        found = self._read(model) if accelerator.is_main_process else None
        progress, tensors = found or ({}, {})
        if accelerator.num_processes > 1:
            progress, tensors = from_first(progress, tensors)
        if not progress:
            return None
        if accelerator.num_processes > 1:
            for each in model.state_dict().values():
                broadcast(each, src=0)
        state = optimizer.state_dict() | {"state": {}}
        for key, tensor in tensors.items():
            number, name = key.split(".", 1)
            state["state"].setdefault(int(number), {})[name] = tensor
        optimizer.load_state_dict(state)
        return progress

    def _read(self, model: torch.nn.Module) -> tuple[Progress, dict[str, Tensor]] | None:
        """Loads the newest checkpoint's weights; returns its progress and the optimizer's state."""
        for partial in self.folder.glob(f"*{PARTIAL}"):
            if partial.is_dir():
                shutil.rmtree(partial)
            else:
                partial.unlink()
        if (newest := self.newest()) is None:
            return None
        try:
            load_model(model, newest / "model.safetensors")
            tensors = load_file(newest / "optimizer.safetensors")
            progress = _progress(newest)
        except (SafetensorError, ValueError, FileNotFoundError) as error:
            raise _damaged(newest, error) from None
        for step, file in self._all_best():
            if step > (progress["best_step"] or 0):
                file.unlink()
        return progress, tensors

    def clear(self) -> None:
        """Removes the run's folder after its result is written.

        First no checkpoint counts any more: a run killed meanwhile must find none, not half of one.
        """
        for place in self._all():
            place.rename(place.with_name(place.name + PARTIAL))
        shutil.rmtree(self.folder, ignore_errors=True)

    def _all(self) -> list[Path]:
        found = self.folder.glob("step-*")
        return sorted(place for place in found if place.suffix != PARTIAL)

    def _best(self, step: int) -> Path:
        return self.folder / f"best-{step:09d}.safetensors"

    def _all_best(self) -> list[tuple[int, Path]]:
        """Best weights of this and earlier epochs, each with its step."""
        found = self.folder.glob("best-*.safetensors")
        return [(int(file.stem.partition("-")[2]), file) for file in found]


def _progress(folder: Path) -> Progress:
    progress: Progress = json.loads((folder / "progress.json").read_text(encoding="utf-8"))
    return progress


def _damaged(place: Path, error: Exception) -> InputError:
    return InputError(
        f"damaged checkpoint at {place}: {error}; remove it to start from the beginning"
    )
