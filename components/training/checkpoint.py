"""Checkpoints: everything that a stopped run needs to resume as if it had never stopped."""

import json
import shutil
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, load_model, save_file
from torch import Tensor

from components.runtime.atomic import written_folder
from components.runtime.errors import InputError
from components.training.snapshot import Progress, Snapshot


class Checkpoints:
    """The newest checkpoint of a run, in a folder of its own.

    Args:
        folder: The run's folder under `.state/`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, snapshot: Snapshot) -> None:
        """Writes a complete checkpoint, then removes the earlier ones.

        There is no fsync: a killed process loses nothing by that, and most checkpoints are
        replaced before the kernel would have written them.

        Args:
            snapshot: Content of the checkpoint; must not change meanwhile.

        Raises:
            InputError: A weight is not finite; the earlier checkpoints stay.
        """
        for name, weights in snapshot.model.items():
            if not weights.isfinite().all():
                found = (
                    f"weights that are not finite after optimizer step {snapshot.step:,}: {name}"
                )
                raise InputError(f"{found}; try a lower peak learning rate")
        before = self._all()
        # Validation writes several checkpoints at one step. Each has a name of its own: to replace
        # a folder it would have to be removed first.
        number = 1 + int(before[-1].name.rpartition("-")[2]) if before else 0
        place = self.folder / f"step-{snapshot.step:09d}-{number:09d}"
        with written_folder(place) as folder:
            save_file(snapshot.model, folder / "model.safetensors")
            save_file(snapshot.optimizer, folder / "optimizer.safetensors")
            (folder / "progress.json").write_text(snapshot.progress, encoding="utf-8")
        for old in before:
            shutil.rmtree(old)

    def restore(
        self, *, model: torch.nn.Module, optimizer: torch.optim.Optimizer
    ) -> Progress | None:
        """Loads the newest checkpoint into model and optimizer.

        Incomplete checkpoints of a killed run are removed.

        Returns:
            The run's progress; None if there is no checkpoint.

        Raises:
            InputError: The newest checkpoint is damaged.
        """
        for partial in self.folder.glob("*.partial"):
            shutil.rmtree(partial, ignore_errors=True)  # every process of the run is at it
        if not (checkpoints := self._all()):
            return None
        newest = checkpoints[-1]
        try:
            load_model(model, newest / "model.safetensors")
            tensors = load_file(newest / "optimizer.safetensors")
            text = (newest / "progress.json").read_text(encoding="utf-8")
            progress: Progress = json.loads(text)
        except (SafetensorError, ValueError) as error:
            raise InputError(
                f"damaged checkpoint at {newest}: {error}; remove it to start from the beginning"
            ) from None
        state = optimizer.state_dict()
        state["state"] = _nested(tensors)
        optimizer.load_state_dict(state)
        return progress

    def clear(self) -> None:
        """Removes the run's folder after its result is written."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _all(self) -> list[Path]:
        found = self.folder.glob("step-*")
        return sorted(place for place in found if place.suffix != ".partial")


def _nested(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = tensor
    return state
