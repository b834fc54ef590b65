"""Checkpoints: everything that a stopped run needs to resume as if it had never stopped."""

import json
import shutil
from pathlib import Path

import torch
from accelerate import Accelerator
from safetensors import SafetensorError
from safetensors.torch import load_file, load_model, save_file, save_model
from torch import Tensor
from torch.distributed import broadcast

from components.runtime.atomic import written_file, written_folder
from components.runtime.errors import InputError
from components.training.processes import from_first
from components.training.snapshot import Progress, Snapshot

PARTIAL = ".partial"  # suffix of what does not count yet


class Checkpoints:
    """The newest checkpoint of a run, and its best weights, in a folder of its own.

    Args:
        folder: The run's folder under `.state/`.
    """

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
                found = (
                    f"weights that are not finite after optimizer step {snapshot.step:,}: {name}"
                )
                raise InputError(f"{found}; try a lower peak learning rate")
        before = self._all()
        # Validation writes several checkpoints at one step. Each has a name of its own: to replace
        # a folder it would have to be removed first.
        number = 1 + int(before[-1].name.rpartition("-")[2]) if before else 0
        place = self.folder / f"step-{snapshot.step:09d}-{number:09d}{PARTIAL}"
        with written_folder(place) as folder:
            save_file(snapshot.model, folder / "model.safetensors")
            save_file(snapshot.optimizer, folder / "optimizer.safetensors")
            (folder / "progress.json").write_text(snapshot.progress, encoding="utf-8")
        return place

    def publish(self, partial: Path, *, best_step: int | None) -> None:
        """Puts a written checkpoint in its place, then removes the earlier ones.

        Args:
            partial: Folder that `write` returned.
            best_step: Steps of the best weights that belong to it; None without any.
        """
        before = self._all()
        partial.rename(partial.with_suffix(""))
        for old in before:
            shutil.rmtree(old)
        for step, file in self._all_best():
            if step < (best_step or 0):
                file.unlink()

    def newest(self) -> Path | None:
        """Folder of the newest checkpoint; None if there is none."""
        return next(reversed(self._all()), None)

    def write_best(self, model: torch.nn.Module, *, step: int) -> None:
        """Writes weights that are the best so far; a checkpoint then names them by their step.

        Args:
            model: The model, not wrapped.
            step: Optimizer steps so far.

        Raises:
            OSError: They could not be written.
        """
        with written_file(self._best(step)) as partial:
            save_model(model, str(partial))

    def load_best(self, model: torch.nn.Module, *, step: int) -> None:
        """Loads the best weights into the model.

        Args:
            model: The model, not wrapped.
            step: Optimizer steps after which they were written.

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
        """Loads the newest checkpoint into model and optimizer.

        The first process reads it, and the others get it from there: on another node there is none.
        What a killed run left incomplete is removed, and what it wrote after that checkpoint.

        Args:
            model: The model, not wrapped.
            optimizer: Its optimizer.
            accelerator: The processes that train together; each of them calls this.

        Returns:
            The run's progress; None if there is no checkpoint.

        Raises:
            InputError: The newest checkpoint is damaged.
        """
        found = self._read(model) if accelerator.is_main_process else None
        text, tensors = found or ("", {})
        if accelerator.num_processes > 1:
            text, tensors = from_first(text, tensors)
        if not text:
            return None
        if accelerator.num_processes > 1:
            for each in model.state_dict().values():
                broadcast(each, src=0)
        state = optimizer.state_dict()
        state["state"] = _nested(tensors)
        optimizer.load_state_dict(state)
        progress: Progress = json.loads(text)
        return progress

    def _read(self, model: torch.nn.Module) -> tuple[str, dict[str, Tensor]] | None:
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
            text = (newest / "progress.json").read_text(encoding="utf-8")
            best_step = json.loads(text)["best_step"] or 0
        except (SafetensorError, ValueError) as error:
            raise _damaged(newest, error) from None
        for step, file in self._all_best():
            if step > best_step:
                file.unlink()
        return text, tensors

    def clear(self) -> None:
        """Removes the run's folder after its result is written."""
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


def _damaged(place: Path, error: Exception) -> InputError:
    return InputError(
        f"damaged checkpoint at {place}: {error}; remove it to start from the beginning"
    )


def _nested(tensors: dict[str, Tensor]) -> dict[int, dict[str, Tensor]]:
    state: dict[int, dict[str, Tensor]] = {}
    for key, tensor in tensors.items():
        number, name = key.split(".", 1)
        state.setdefault(int(number), {})[name] = tensor
    return state
