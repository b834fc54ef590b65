"""How a model is trained: the numbers, and what follows from them."""

import math
from dataclasses import dataclass
from typing import Literal

from components.runtime.errors import InputError

Precision = Literal["float32", "bfloat16", "float16"]


@dataclass(frozen=True)
class Recipe:
    """The numbers that decide a training run.

    Attributes:
        epochs: Passes over the training rows; 0 leaves the weights as they are.
        batch_size: Rows an update, over all processes.
        rows_at_once: Rows a forward pass and process; fewer need less memory.
        learning_rate: Its highest value, after the warm-up.
        warmup_share: Share of all updates in which it climbs from 0.
        weight_decay: AdamW's decay of matrices (biases and norms have none).
        precision: Of the passes; weights and optimizer stay in float32.
        seed: Decides the rows' order and the dropout.

    Raises:
        InputError: A number lies outside its range.
    """

    epochs: int
    batch_size: int
    rows_at_once: int
    learning_rate: float
    warmup_share: float
    weight_decay: float
    precision: Precision
    seed: int

    def __post_init__(self) -> None:
        for name in ("batch_size", "rows_at_once"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} {getattr(self, name)}: expected at least 1")
        for name in ("epochs", "learning_rate", "weight_decay", "seed"):
            if getattr(self, name) < 0:
                raise InputError(f"{name} {getattr(self, name)}: expected at least 0")
        if not 0 <= self.warmup_share <= 1:
            raise InputError(f"warmup_share {self.warmup_share}: expected 0 to 1")

    def updates_per_epoch(self, num_rows: int) -> int:
        """Updates an epoch; each sees a whole batch, the rows left over sit this epoch out.

        Args:
            num_rows: Rows to train on.

        Raises:
            InputError: There are fewer rows than a batch takes.
        """
        if num_rows < self.batch_size:
            raise InputError(
                f"batch_size {self.batch_size}: expected at most the {num_rows} training rows"
            )
        return num_rows // self.batch_size


def scheduled_rate(update: int, *, recipe: Recipe, num_updates: int) -> float:
    """The learning rate of an update: a linear climb, then half a cosine down to 0.

    As published (arXiv 2405.09395): cosine, warm-up over 3 % of the updates.

    Args:
        update: Number of the update, from 0.
        recipe: Highest rate and share of the warm-up.
        num_updates: Updates in the whole run.
    """
    warmup = math.ceil(recipe.warmup_share * num_updates)
    if update < warmup:
        return recipe.learning_rate * update / warmup
    done = (update - warmup) / max(1, num_updates - warmup)
    return recipe.learning_rate * 0.5 * (1 + math.cos(math.pi * done))
