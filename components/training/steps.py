"""Deterministic optimizer steps: each depends on the seed and the step number only."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from torch import Tensor

from components.formats.tokens import Sequences
from components.training.divergence import LossWatch
from components.training.recipe import Recipe, scheduled_rate
from components.training.validation import to_ids

LINES_PER_EPOCH = 20  # of the history


@dataclass
class History:
    """The progress of a run, which a checkpoint holds."""

    step: int = 0  # optimizer steps so far
    seconds: float = 0.0  # time spent on them, over all sessions of an interrupted run
    # Mean loss of each step of the current epoch, in nats per token; the newest one as a tensor, so
    # that a GPU is not waited for
    losses: list[float | Tensor] = field(default_factory=list)
    validated_sequences: int = 0  # scored after these steps
    validation_nats: float = 0.0  # summed loss of their tokens
    # Lines of history.jsonl: between validations, and after each epoch
    lines: list[dict[str, Any]] = field(default_factory=list)
    epochs: list[dict[str, Any]] = field(default_factory=list)
    watch: LossWatch = field(default_factory=LossWatch)

    def as_json(self) -> dict[str, Any]:
        """The progress as JSON values; waits for the newest step."""
        return vars(self) | {
            "losses": [float(loss) for loss in self.losses],
            "watch": vars(self.watch),
        }

    @classmethod
    def of(cls, values: dict[str, Any]) -> Self:
        """The progress that `as_json` gave."""
        return cls(**values | {"watch": LossWatch(**values["watch"])})


class OptimizerSteps:
    """Trains a model on packed sequences, from wherever its history stands.

    The sequences and the dropout of a step depend on the seed and its number only, so a resumed run
    takes the same steps as an uninterrupted one.

    Args:
        loss: The model's mean loss, prepared by the accelerator.
        optimizer: Its optimizer, also prepared.
        sequences: Training sequences of token ids, shape (num_sequences, context_length).
        recipe: The run's hyperparameters.
        accelerator: Devices and processes of the run.
        history: The steps so far.
    """

    def __init__(
        self,
        loss: torch.nn.Module,
        optimizer: torch.optim.Optimizer,
        sequences: Sequences,
        *,
        recipe: Recipe,
        accelerator: Accelerator,
        history: History,
    ) -> None:
        self.loss, self.optimizer, self.sequences = loss, optimizer, sequences
        self.recipe, self.accelerator, self.history = recipe, accelerator, history
        self.steps_per_epoch = recipe.steps_per_epoch(len(sequences))
        self.num_steps = recipe.epochs * self.steps_per_epoch
        self.steps_per_line = max(1, self.steps_per_epoch // LINES_PER_EPOCH)

    def epoch(self) -> Iterator[float]:
        """Takes the remaining steps of the current epoch.

        Yields:
            The newest known mean loss, in nats per token: on a GPU that of the step before, except
            for the epoch's first and last.

        Raises:
            DivergedError: A loss is not finite, or has risen by too much.
        """
        epoch, first = len(self.history.epochs), len(self.history.losses)
        order = sequence_order(len(self.sequences), seed=self.recipe.seed, epoch=epoch)
        whole = order[: self.steps_per_epoch * self.recipe.batch_size]
        self.loss.train()
        for batch in whole.reshape(-1, self.recipe.batch_size)[first:]:
            self._step(batch)
            yield self._watched_loss()

    def _watched_loss(self) -> float:
        """The newest known loss of the epoch; each loss is watched once, when it is known.

        A GPU computes the newest one while the next step is prepared; an epoch's last one has no
        next step.
        """
        losses, newest = self.history.losses, len(self.history.losses) - 1
        lags = self.accelerator.device.type == "cuda"
        is_known = not lags or len(losses) == self.steps_per_epoch
        for number in range(max(0, newest - lags), newest + is_known):
            losses[number] = loss = float(losses[number])
            self.history.watch.add(loss, step=self.history.step - newest + number)
        return float(losses[newest if is_known else max(0, newest - 1)])

    def _step(self, batch: NDArray[np.int64]) -> None:
        """One optimizer step on a batch of sequence numbers."""
        started = time.perf_counter()
        torch.manual_seed(self._seed())
        rate = scheduled_rate(self.history.step, recipe=self.recipe, num_steps=self.num_steps)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        loss = self._backward(batch)
        self.optimizer.step()
        self.optimizer.zero_grad()
        self.history.step += 1
        self.history.losses.append(loss)
        self.history.seconds += time.perf_counter() - started
        if self.history.step % self.steps_per_line == 0:
            self._write_line(rate)

    def _backward(self, batch: NDArray[np.int64]) -> Tensor:
        """Gradients of the mean loss of a batch, by micro-batches; returns that loss."""
        mine = batch[self.accelerator.process_index :: self.accelerator.num_processes]
        total = torch.zeros((), device=self.accelerator.device)
        for start in range(0, len(mine), self.recipe.micro_batch_size):
            chosen = np.sort(mine[start : start + self.recipe.micro_batch_size])
            last = start + self.recipe.micro_batch_size >= len(mine)
            whole = contextlib.nullcontext() if last else self.accelerator.no_sync(self.loss)
            with whole, self.accelerator.autocast():
                ids = to_ids(self.sequences[chosen], device=self.accelerator.device)
                loss = self.loss(ids) * (len(chosen) / len(mine))
                self.accelerator.backward(loss)
            total += loss.detach()
        mean: Tensor = self.accelerator.reduce(total, reduction="mean")
        return mean

    def _seed(self) -> int:
        """Seed of this step's dropout, different for each step and process."""
        entropy = [self.recipe.seed, self.history.step, self.accelerator.process_index]
        return int(np.random.SeedSequence(entropy).generate_state(1)[0])

    def _write_line(self, rate: float) -> None:
        recent = self.history.losses[-self.steps_per_line :]
        self.history.lines.append(
            {
                "epoch": len(self.history.epochs) + 1,
                "step": self.history.step,
                "training_loss": float(sum(recent)) / len(recent),
                "learning_rate": rate,
                "seconds": round(self.history.seconds, 3),
                **gpu_use(),
            }
        )


def gpu_use() -> dict[str, float]:
    """Use of this process's GPU; empty without one, or where its driver cannot tell.

    Returns:
        `gpu_utilization`, percent of the last second or less in which it computed, as nvidia-smi
        shows it, and `gpu_memory_gib`, the most that PyTorch has held there.
    """
    if not torch.cuda.is_available():
        return {}
    try:
        busy = torch.cuda.utilization()
    except Exception:  # noqa: BLE001 - of drivers, many kinds; slices of a GPU (MIG) have no number
        return {}
    memory = round(torch.cuda.max_memory_reserved() / 2**30, 2)
    return {"gpu_utilization": float(busy), "gpu_memory_gib": memory}


def sequence_order(num_sequences: int, *, seed: int, epoch: int) -> NDArray[np.int64]:
    """A permutation of the sequences for a seed and epoch, shape (num_sequences,)."""
    return np.random.default_rng([seed, epoch]).permutation(num_sequences)
