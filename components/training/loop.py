"""The training loop: epochs of updates, each followed by validation, with checkpoints between."""

import time
from typing import Any

import torch
from accelerate import Accelerator
from transformers import PreTrainedModel

from components.tokens import PackedTokens
from components.training.checkpoint import Checkpoints
from components.training.interruption import Interruption
from components.training.recipe import Recipe
from components.training.updates import History, Updates
from components.training.validation import Validation, validate


class TrainingRun:
    """One model's training, from where its newest checkpoint stands.

    Args:
        model: Causal language model; trained in place.
        data: Rows to train on and to validate with.
        recipe: The run's numbers.
        accelerator: Where the work runs.
        checkpoints: Where the run's state is kept.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        data: PackedTokens,
        *,
        recipe: Recipe,
        accelerator: Accelerator,
        checkpoints: Checkpoints,
    ) -> None:
        self.model, self.data, self.recipe = model, data, recipe
        self.accelerator, self.checkpoints = accelerator, checkpoints
        self.optimizer = torch.optim.AdamW(parameter_groups(model, recipe), fused=True)
        self.prepared, self.prepared_optimizer = accelerator.prepare(model, self.optimizer)
        kept = checkpoints.restore(model=model, optimizer=self.optimizer)
        self.history = History(**(kept or {}))

    def train(self, *, checkpoint_minutes: float) -> History:
        """Trains to the end and returns what happened.

        Args:
            checkpoint_minutes: Time between two checkpoints.

        Raises:
            InputError: There are fewer training rows than a batch takes.
            KeyboardInterrupt: A stop was asked for; a checkpoint is written.
        """
        updates = Updates(
            self.prepared,
            self.prepared_optimizer,
            self.data.train.rows,
            recipe=self.recipe,
            accelerator=self.accelerator,
            history=self.history,
        )
        saved = time.monotonic()
        with Interruption() as interruption:
            while len(self.history.epochs) < self.recipe.epochs:
                for _ in updates.epoch():
                    due = time.monotonic() - saved > 60 * checkpoint_minutes
                    if due or interruption.asked:
                        self._save()
                        saved = time.monotonic()
                    if interruption.asked:
                        raise KeyboardInterrupt
                self._finish_epoch()
        return self.history

    def validate(self) -> Validation:
        """How well the model predicts the validation rows, as it stands."""
        return validate(
            self.prepared,
            self.data.validation.rows,
            predicted_bytes=self.data.validation.predicted_bytes,
            rows_at_once=self.recipe.rows_at_once,
            accelerator=self.accelerator,
        )

    def _finish_epoch(self) -> None:
        validation = self.validate()
        line: dict[str, Any] = {
            "epoch": len(self.history.epochs) + 1,
            "update": self.history.update,
            "training_loss": sum(self.history.losses) / len(self.history.losses),
            "validation_perplexity": validation.perplexity,
            "validation_bits_per_byte": validation.bits_per_byte,
        }
        self.history.epochs.append(line)
        self.history.losses.clear()
        self.accelerator.print(
            f"epoch {line['epoch']} of {self.recipe.epochs}:"
            f" validation perplexity {validation.perplexity:.2f}"
        )

    def _save(self) -> None:
        if self.accelerator.is_main_process:
            progress = vars(self.history)
            self.checkpoints.save(progress, model=self.model, optimizer=self.optimizer)


def parameter_groups(model: torch.nn.Module, recipe: Recipe) -> list[dict[str, Any]]:
    """A model's parameters for the optimizer: matrices decay, biases and norms do not."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    return [
        {
            "params": [each for each in parameters if each.ndim >= 2],
            "weight_decay": recipe.weight_decay,
        },
        {"params": [each for each in parameters if each.ndim < 2], "weight_decay": 0.0},
    ]
