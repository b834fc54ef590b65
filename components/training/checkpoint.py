"""Checkpoints: all that a stopped training run needs to go on as if it had never stopped."""

import hashlib
import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, load_model, save_file, save_model
from torch import Tensor

from components.artifact import written_folder
from components.errors import InputError

Progress = dict[str, Any]


def state_key(arguments: dict[str, Any], *, files: Iterable[Path]) -> str:
    """Name of the state of one training run: the same code, numbers and data, the same name.

    Args:
        arguments: The run's numbers.
        files: The data and the code; their contents count, not their places.

    Raises:
        InputError: A file is missing.
    """
    digest = hashlib.sha256(json.dumps(arguments, sort_keys=True).encode())
    for file in sorted(files, key=lambda file: file.name):
        if not file.is_file():
            raise InputError(f"not found: {file}")
        with file.open("rb") as content:
            digest.update(f"{file.name}:".encode())
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:32]


class Checkpoints:
    """The newest checkpoint of a run, in a folder of its own.

    Args:
        folder: The run's folder under `.state/`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(
        self, progress: Progress, *, model: torch.nn.Module, optimizer: torch.optim.Optimizer
    ) -> None:
        """Writes a checkpoint whole, then drops the one before it.

        Args:
            progress: What else the run has to remember, as JSON can hold it; `update` names the
                checkpoint.
            model: The model, not wrapped.
            optimizer: Its optimizer.
        """
        before = self._all()
        place = self.folder / f"update-{progress['update']:09d}"
        with written_folder(place) as folder:
            save_model(model, str(folder / "model.safetensors"))  # knows tied weights
            save_file(_flat(optimizer.state_dict()["state"]), folder / "optimizer.safetensors")
            (folder / "progress.json").write_text(json.dumps(progress), encoding="utf-8")
        for old in before:
            if old != place:
                shutil.rmtree(old)

    def restore(
        self, *, model: torch.nn.Module, optimizer: torch.optim.Optimizer
    ) -> Progress | None:
        """Puts the newest checkpoint's weights and optimizer state in place.

        Returns:
            What the run had to remember, or nothing where there is no checkpoint.
        """
        if not (checkpoints := self._all()):
            return None
        newest = checkpoints[-1]
        load_model(model, newest / "model.safetensors")
        state = optimizer.state_dict()
        state["state"] = _nested(load_file(newest / "optimizer.safetensors"))
        optimizer.load_state_dict(state)
        progress: Progress = json.loads((newest / "progress.json").read_text(encoding="utf-8"))
        return progress

    def clear(self) -> None:
        """Removes the run's folder once its result is in place."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _all(self) -> list[Path]:
        found = self.folder.glob("update-*")
        return sorted(place for place in found if place.suffix != ".partial")


def _flat(state: dict[int, dict[str, Tensor]]) -> dict[str, Tensor]:
    return {
        f"{number}.{name}": tensor
        for number, kept in state.items()
        for name, tensor in kept.items()
    }


def _nested(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = tensor
    return state
