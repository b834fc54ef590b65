"""What a training leaves: model, tokenizer, card, `training.json` and `history.jsonl`."""

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from accelerate import Accelerator
from transformers import PreTrainedModel

from components.formats.model import write_model
from components.formats.model_card import write_model_card
from components.formats.tokenizer import END_OF_TEXT, copy_tokenizer, read_tokenizer
from components.formats.tokens import PackedTokens
from components.formats.training_record import EpochRecord, TrainingRecord, write_training_record
from components.training.recipe import Recipe
from components.training.steps import History
from components.training.validation import Validation

LIBRARIES = ("torch", "transformers", "tokenizers", "accelerate", "safetensors", "numpy")


def write_model_with_tokenizer(folder: Path, *, model: PreTrainedModel, tokenizer: Path) -> None:
    """Writes a model and its tokenizer as `from_pretrained` reads them.

    Args:
        folder: Where to write.
        model: The trained model; its configuration is given the tokenizer's end of text.
        tokenizer: Folder of the tokenizer that it was trained with.
    """
    end = read_tokenizer(tokenizer).token_to_id(END_OF_TEXT)
    for config in (model.config, model.generation_config):
        config.bos_token_id = config.eos_token_id = end
    write_model(model, folder)
    copy_tokenizer(tokenizer, folder)


def write_record(
    folder: Path,
    *,
    name: str,
    settings: dict[str, Any],
    model: PreTrainedModel,
    data: PackedTokens,
    recipe: Recipe,
    history: History,
    validation: Validation,
    accelerator: Accelerator,
) -> None:
    """Writes the summary, the history and the model's card into the model's folder.

    Args:
        folder: Where to write.
        name: The model's.
        settings: What to show of the recipe and the inputs.
        model: The trained model, for its size.
        data: What it was trained on.
        recipe: How.
        history: What happened.
        validation: How well the weights that were kept predict the validation sequences.
        accelerator: What it ran on.
    """
    sequences = data.train.sequences
    tokens_per_step = recipe.batch_size * sequences.shape[1]
    record = TrainingRecord(
        settings=settings,
        num_parameters=model.num_parameters(),
        num_training_tokens=history.step * tokens_per_step,
        training_seconds=round(history.seconds, 1),
        validation_perplexity=validation.perplexity,
        validation_bits_per_byte=validation.bits_per_byte,
        epochs=tuple(EpochRecord(**line) for line in history.epochs),
        losses=tuple(
            (line["step"] * tokens_per_step, line["training_loss"]) for line in history.lines
        ),
        device=accelerator.device.type,
        num_processes=accelerator.num_processes,
        versions={
            "python": platform.python_version(),
            **{name: version(name) for name in LIBRARIES},
        },
    )
    write_training_record(folder, record)
    write_model_card(folder, record, name=name)
    lines = sorted(history.lines + history.epochs, key=lambda line: int(line["step"]))
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "history.jsonl").write_text(text, encoding="utf-8")
