"""`training.json` beside a model's weights: how it was trained."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import NonNegativeInt

from components.formats.json_file import Number, read_json, write_record

FILE = "training.json"


@dataclass(frozen=True)
class EpochRecord:
    """A finished epoch of training."""

    epoch: NonNegativeInt  # its number, from 1
    step: NonNegativeInt  # optimizer steps done
    training_loss: Number  # mean over its steps, in nats per token
    validation_perplexity: Number  # per token of the model's own tokenizer
    validation_bits_per_byte: Number  # per byte of UTF-8; the same unit for every tokenizer


@dataclass(frozen=True)
class TrainingRecord:
    """How a model was trained."""

    settings: dict[str, str | int | float]  # the recipe, and what was trained on, by name
    num_parameters: NonNegativeInt
    num_training_tokens: NonNegativeInt  # tokens trained on, each epoch's counted
    training_seconds: Number  # time spent on optimizer steps; 0 where nothing was trained
    validation_perplexity: Number  # of the weights that were kept, per token
    validation_bits_per_byte: Number  # per byte of UTF-8
    epochs: tuple[EpochRecord, ...]
    # Tokens trained on, and the mean loss of the last steps, of this epoch only, in nats per token;
    # some twenty an epoch
    losses: tuple[tuple[NonNegativeInt, Number], ...]
    device: str
    num_processes: NonNegativeInt
    versions: dict[str, str]  # of Python and the libraries

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
    """How the model in a folder was trained; None where that is not recorded."""
    file = model_dir / FILE
    return read_json(file, TrainingRecord) if file.is_file() else None


def write_training_record(model_dir: Path, record: TrainingRecord) -> None:
    """Writes how the model in a folder was trained."""
    write_record(model_dir / FILE, record)
