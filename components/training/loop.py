"""The training loop: epochs of optimizer steps, validation after each, and checkpoints."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from accelerate import Accelerator
from tqdm import tqdm
from transformers import PreTrainedModel

from components.formats.model import fuse_activations
from components.formats.tokens import PackedTokens
from components.runtime.errors import InputError
from components.runtime.progress import Progress
from components.training.background import BackgroundCheckpoints
from components.training.checkpoint import Checkpoints
from components.training.divergence import DivergedError
from components.training.dropout import use_fast_dropout
from components.training.loss import MeanLoss, compile_for_gpu
from components.training.optimizer import make_optimizer
from components.training.processes import stop_requests
from components.training.recipe import Recipe
from components.training.reporting import Reporter
from components.training.steps import History, OptimizerSteps
from components.training.trackers import Trackers
from components.training.validation import Validation, batch_losses


class TrainingRun:
    """One model's training, in place, from its newest checkpoint on.

    Args:
        model: Causal language model.
        data: Training and validation sequences.
        recipe: The run's hyperparameters.
        accelerator: Devices and processes of the run.
        checkpoints: The run's checkpoints.
        document_end: The token that ends a document, for a recipe whose attention is document.

    Attributes:
        history: The run's progress.

    Raises:
        InputError: The newest checkpoint is damaged.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        data: PackedTokens,
        *,
        recipe: Recipe,
        accelerator: Accelerator,
        checkpoints: Checkpoints,
        document_end: int | None = None,
    ) -> None:
        self.model, self.data, self.recipe = model, data, recipe
        self.accelerator, self.checkpoints = accelerator, checkpoints
        if (recipe.attention == "document") != (document_end is not None):
            raise ValueError(f"attention {recipe.attention}, document_end {document_end}")
        self.document_end = document_end
        fuse_activations(model)
        if accelerator.device.type == "cpu":
            use_fast_dropout(model)
        self.optimizer = make_optimizer(model, recipe)
        loss = MeanLoss(model, document_end=document_end)
        if accelerator.device.type == "cuda":
            compile_for_gpu(loss)
        self.prepared, self.prepared_optimizer = accelerator.prepare(loss, self.optimizer)
        self.history = History()
        if kept := checkpoints.restore(
            model=model, optimizer=self.optimizer, accelerator=accelerator
        ):
            self.history = History.of(kept["history"])
            if accelerator.scaler is not None:
                accelerator.scaler.load_state_dict(kept["scaler"])

    def train(
        self,
        *,
        checkpoint_seconds: float,
        checkpoint_steps: int = 0,
        trackers: Trackers | None = None,
    ) -> Validation:
        """Trains to the end; returns the validation of the weights that the recipe keeps.

        Args:
            checkpoint_seconds: Minimum time between the starts of two checkpoints.
            checkpoint_steps: Optimizer steps after which there is one in any case; 0 for none.
            trackers: Where curves are shown.

        Raises:
            InputError: There are fewer training sequences than a batch has, the processes cannot
                share a batch evenly, or training diverged; the checkpoint before that stays.
            KeyboardInterrupt: The run was interrupted; a checkpoint is written.
            OSError: A checkpoint could not be written.
        """
        saves = self.accelerator.is_main_process
        background = BackgroundCheckpoints(
            self.checkpoints,
            model=self.model,
            optimizer=self.optimizer,
            seconds=checkpoint_seconds,
            steps=checkpoint_steps,
        )
        stops = stop_requests(num_processes=self.accelerator.num_processes)
        with stops as is_asked_to_stop, self._diverging(background):
            is_stopped = False
            for _ in self._steps(trackers):
                if is_stopped := is_asked_to_stop():
                    break
                if saves:
                    sound = self.history.watch.sound_steps
                    background.after_step(self.history.step, self._state, sound_steps=sound)
            if saves and (self.history.watch.is_usual or not is_stopped):
                background.write_now(self.history.step, self._state)
            # Every process waits here until the checkpoint is written.
            if is_asked_to_stop():
                raise KeyboardInterrupt
        if saves and (best := self._best_step()) not in (None, self.history.step):
            self.checkpoints.load_best(self.model, step=best)
        return self._validation()

    @contextmanager
    def _diverging(self, background: BackgroundCheckpoints) -> Iterator[None]:
        """Keeps the checkpoint before a divergence, and says in its error what can be done."""
        try:
            yield
        except DivergedError as error:
            background.discard()
            advice = f"try a peak learning rate below {self.recipe.peak_learning_rate:g}"
            kept = self.checkpoints.newest()
            where = f"; the checkpoint before that is {kept}" if kept else ""
            raise InputError(f"{error}; {advice}{where}") from None

    def _steps(self, trackers: Trackers | None = None) -> Iterator[None]:
        """Trains and validates; at each yield a checkpoint can be written."""
        if not self.recipe.epochs:
            yield from self._validate()
            return
        if self.recipe.batch_size % self.accelerator.num_processes:
            raise InputError(
                f"batch_size {self.recipe.batch_size}: expected a multiple of the"
                f" {self.accelerator.num_processes} processes that share a batch"
            )
        steps = self.optimizer_steps()
        tokens_per_step = self.recipe.batch_size * self.data.train.sequences.shape[1]
        reporter = Reporter(trackers or Trackers(), tokens_per_step=tokens_per_step)
        total, done = steps.num_steps, self.history.step
        with Progress("training", total=total, unit="steps", done=done) as progress:
            for epoch in range(len(self.history.epochs), self.recipe.epochs):
                where = f"epoch {epoch + 1} of {self.recipe.epochs}"
                for loss in steps.epoch():
                    rate = self.optimizer.param_groups[0]["lr"]
                    note = reporter.after_step(self.history, loss=loss, learning_rate=rate)
                    progress.advance(note=f"{where}, {note}")
                    yield
                yield from self._validate()
                validation = self._finish_epoch(where)
                reporter.after_validation(self.history.step, epoch=epoch + 1, validation=validation)
                # Before a checkpoint can name them; the last epoch's are at hand.
                is_best = epoch + 1 < self.recipe.epochs and self._best_step() == self.history.step
                if self.accelerator.is_main_process and is_best:
                    self.checkpoints.write_best(self.model, step=self.history.step)

    def optimizer_steps(self) -> OptimizerSteps:
        """The run's steps, from wherever its history stands; errors as of `steps_per_epoch`."""
        return OptimizerSteps(
            self.prepared,
            self.prepared_optimizer,
            self.data.train.sequences,
            recipe=self.recipe,
            accelerator=self.accelerator,
            history=self.history,
        )

    def _validate(self) -> Iterator[None]:
        """Validates, from the first sequence that was not scored yet."""
        sequences, done = self.data.validation.sequences, self.history.validated_sequences
        losses = batch_losses(
            self.model,
            sequences,
            first=done,
            micro_batch_size=self.recipe.micro_batch_size,
            accelerator=self.accelerator,
            document_end=self.document_end,
        )
        with Progress("validation", total=len(sequences), unit="sequences", done=done) as progress:
            for num_sequences, nats in losses:
                self.history.validated_sequences += num_sequences
                self.history.validation_nats += nats
                if self.history.watch.is_usual and math.isfinite(nats):
                    self.history.watch.sound_steps = self.history.step
                progress.advance(num_sequences)
                yield

    def _finish_epoch(self, where: str) -> Validation:
        history = self.history
        validation = Validation.of(history.validation_nats, self.data.validation)
        history.epochs.append(
            {
                "epoch": len(history.epochs) + 1,
                "step": history.step,
                "training_loss": float(sum(history.losses)) / len(history.losses),
                "validation_perplexity": validation.perplexity,
                "validation_bits_per_byte": validation.bits_per_byte,
            }
        )
        history.losses.clear()
        history.validated_sequences, history.validation_nats = 0, 0.0
        if self.accelerator.is_main_process:  # tqdm knows how to print between its bars
            tqdm.write(f"{where}: validation perplexity {validation.perplexity:.2f}")
        return validation

    def _best_step(self) -> int | None:
        """Optimizer steps before the best epoch's end; None if the last weights are kept."""
        if self.recipe.keep == "last" or not self.history.epochs:
            return None
        return int(best_epoch(self.history.epochs)["step"])

    def _validation(self) -> Validation:
        if epochs := self.history.epochs:
            kept = epochs[-1] if self.recipe.keep == "last" else best_epoch(epochs)
            return Validation(kept["validation_perplexity"], kept["validation_bits_per_byte"])
        return Validation.of(self.history.validation_nats, self.data.validation)

    def _state(self) -> dict[str, Any]:
        """What a checkpoint holds besides model and optimizer."""
        scaler = self.accelerator.scaler  # of the loss in float16
        return {
            "history": self.history.as_json(),
            "scaler": None if scaler is None else scaler.state_dict(),
            "best_step": self._best_step(),
        }


def best_epoch(epochs: list[dict[str, Any]]) -> dict[str, Any]:
    """The epoch with the lowest validation loss; the earlier one of equals."""
    return min(epochs, key=lambda line: float(line["validation_bits_per_byte"]))
