"""Hyperparameters of a training run, and the learning rate schedule."""

import math
from dataclasses import dataclass
from typing import Literal

from components.runtime.errors import InputError
from components.runtime.ranges import check_count, check_range, check_seed

Precision = Literal["float32", "bfloat16", "float16"]
Optimizer = Literal["adamw", "muon"]
Schedule = Literal["cosine", "linear"]
Decayed = Literal["matrices", "matrices-and-norms"]
Attention = Literal["sequence", "document"]
Keep = Literal["last", "best"]
# Beyond these, weights are soon not finite in float32. An epsilon of 0 divides 0 by 0 where a token
# never occurs.
RANGES: dict[str, dict[str, float]] = {
    "peak_learning_rate": {"at_least": 0, "at_most": 10},
    "warmup_ratio": {"at_least": 0, "at_most": 1},
    "weight_decay": {"at_least": 0, "at_most": 100},
    "adam_beta2": {"at_least": 0, "below": 1},
    "adam_epsilon": {"at_least": 1e-30, "at_most": 1},
}


@dataclass(frozen=True)
class Recipe:
    """The hyperparameters of a training run, as the stage's command line explains them.

    Raises:
        InputError: A number lies outside its range.
    """

    epochs: int
    optimizer: Optimizer
    batch_size: int
    micro_batch_size: int
    peak_learning_rate: float
    warmup_ratio: float
    schedule: Schedule
    weight_decay: float
    decayed: Decayed
    adam_beta2: float
    adam_epsilon: float
    attention: Attention
    precision: Precision
    keep: Keep
    seed: int

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_count("epochs", self.epochs, at_least=0)
        check_count("batch_size", self.batch_size)
        check_count("micro_batch_size", self.micro_batch_size)
        for name, range_ in RANGES.items():
            check_range(name, getattr(self, name), **range_)
        if self.optimizer == "muon" and self.precision == "float16":
            raise InputError("precision float16: expected float32 or bfloat16 with optimizer muon")

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
    """The learning rate of an optimizer step: linear warm-up, then decay to 0.

    The published study's decay is a cosine's half period, with warm-up over 3 % of the steps (arXiv
    2405.09395). A linear decay to 0 needs fewer tokens (Bergsma et al. 2025, arXiv 2502.15938).

    Args:
        step: Number of the step, from 0.
        recipe: Peak learning rate, warm-up and kind of decay.
        num_steps: Steps in the whole run.
    """
    warmup = math.ceil(recipe.warmup_ratio * num_steps)
    if step < warmup:
        return recipe.peak_learning_rate * step / warmup
    done = (step - warmup) / max(1, num_steps - warmup)
    share = 1 - done if recipe.schedule == "linear" else 0.5 * (1 + math.cos(math.pi * done))
    return recipe.peak_learning_rate * share
