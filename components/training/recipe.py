"""Hyperparameters of a training run, and the learning rate schedule."""

import math
from dataclasses import dataclass
from typing import Literal

from components.runtime.errors import InputError

Precision = Literal["float32", "bfloat16", "float16"]


@dataclass(frozen=True)
class Recipe:
    """The hyperparameters of a training run.

    Attributes:
        epochs: Passes over the training sequences; 0 keeps the weights as they are.
        batch_size: Sequences per optimizer step, over all processes.
        micro_batch_size: Sequences per forward pass and process.
        peak_learning_rate: Peak learning rate, after the warm-up.
        warmup_ratio: Warm-up, as a share of all optimizer steps.
        weight_decay: AdamW's weight decay of matrices (biases and norms have none).
        precision: Of the passes; weights and optimizer stay in float32.
        seed: Random seed of the order of sequences and of dropout.

    Raises:
        InputError: A number lies outside its range.
    """

    epochs: int
    batch_size: int
    micro_batch_size: int
    peak_learning_rate: float
    warmup_ratio: float
    weight_decay: float
    precision: Precision
    seed: int

    def __post_init__(self) -> None:
        for name in ("batch_size", "micro_batch_size"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} {getattr(self, name)}: expected at least 1")
        for name in ("epochs", "peak_learning_rate", "weight_decay", "seed"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} {getattr(self, name)}: expected at least 0")
        if not 0 <= self.warmup_ratio <= 1:
            raise InputError(f"warmup_ratio {self.warmup_ratio}: expected 0 to 1")

    def steps_per_epoch(self, num_sequences: int) -> int:
        """Optimizer steps per epoch; sequences that fill no whole batch are left out.

        Args:
            num_sequences: Training sequences.

        Raises:
            InputError: There are fewer sequences than a batch has.
        """
        if num_sequences < self.batch_size:
            raise InputError(
                f"batch_size {self.batch_size}: expected at most the number of training sequences,"
                f" {num_sequences}"
            )
        return num_sequences // self.batch_size


def scheduled_rate(step: int, *, recipe: Recipe, num_steps: int) -> float:
    """The learning rate of an optimizer step: linear warm-up, then cosine decay to 0.

    As published (arXiv 2405.09395): cosine decay, warm-up over 3 % of the steps.

    Args:
        step: Number of the step, from 0.
        recipe: Peak learning rate and warm-up.
        num_steps: Steps in the whole run.
    """
    warmup = math.ceil(recipe.warmup_ratio * num_steps)
    if step < warmup:
        return recipe.peak_learning_rate * step / warmup
    done = (step - warmup) / max(1, num_steps - warmup)
    return recipe.peak_learning_rate * 0.5 * (1 + math.cos(math.pi * done))
