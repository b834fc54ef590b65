"""`training.json` beside a model's weights: how it was trained."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import NonNegativeInt

from components.formats.json_file import Number, read_json, write_record

FILE = "training.json"


@dataclass(frozen=True)
class EpochRecord:
    """A finished epoch of training.

    Attributes:
        epoch: Its number, from 1.
        step: Optimizer steps done.
        training_loss: Mean over its steps, in nats per token.
        validation_perplexity: Per token of the model's own tokenizer.
        validation_bits_per_byte: Per byte of UTF-8; the same unit for every tokenizer.
    """

    epoch: NonNegativeInt
    step: NonNegativeInt
    training_loss: Number
    validation_perplexity: Number
    validation_bits_per_byte: Number


@dataclass(frozen=True)
class TrainingRecord:
    """How a model was trained.

    Attributes:
        settings: The recipe, and what was trained on, by name.
        num_parameters: The model's weights.
        num_training_tokens: Tokens trained on, each epoch's counted.
        training_seconds: Time spent on optimizer steps; 0 where nothing was trained.
        validation_perplexity: Of the weights that were kept, per token.
        validation_bits_per_byte: Of the same, per byte of UTF-8.
        epochs: Every finished epoch.
        losses: Tokens trained on, and the mean loss of the steps since the entry before in nats per
            token; some twenty an epoch.
        device: What it was trained on.
        num_processes: Processes that trained it together.
        versions: Versions of Python and the libraries, by name.
    """

    settings: dict[str, str | int | float]
    num_parameters: NonNegativeInt
    num_training_tokens: NonNegativeInt
    training_seconds: Number
    validation_perplexity: Number
    validation_bits_per_byte: Number
    epochs: tuple[EpochRecord, ...]
    losses: tuple[tuple[NonNegativeInt, Number], ...]
    device: str
    num_processes: NonNegativeInt
    versions: dict[str, str]

    @property
    def validations(self) -> tuple[tuple[int, float, float], ...]:
        """Number, perplexity and bits per byte of every epoch; of epoch 0 where none was done."""
        return tuple(
            (each.epoch, each.validation_perplexity, each.validation_bits_per_byte)
            for each in self.epochs
        ) or ((0, self.validation_perplexity, self.validation_bits_per_byte),)

    @property
    def curve(self) -> tuple[tuple[int, float], ...]:
        """Tokens trained on and validation perplexity, after every epoch."""
        tokens, steps = self.num_training_tokens, [each.step for each in self.epochs]
        return tuple(
            (tokens * each.step // steps[-1], each.validation_perplexity) for each in self.epochs
        )


def read_training_record(model_dir: Path) -> TrainingRecord | None:
    """How the model in a folder was trained; None where that is not recorded.

    Raises:
        InputError: The record is not JSON, or a value is missing or of another type.
    """
    file = model_dir / FILE
    return read_json(file, TrainingRecord) if file.is_file() else None


def write_training_record(model_dir: Path, record: TrainingRecord) -> None:
    """Writes how the model in a folder was trained."""
    write_record(model_dir / FILE, record)
