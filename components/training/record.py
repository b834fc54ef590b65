"""What a training leaves: model, tokenizer, card, `training.json` and `history.jsonl`."""

import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from components.formats.model import write_model
from components.formats.model_card import write_model_card
from components.formats.tokenizer import END_OF_TEXT, copy_tokenizer, read_tokenizer
from components.formats.training_record import EpochRecord, TrainingRecord, write_training_record
from components.training.loop import TrainingRun
from components.training.validation import Validation

LIBRARIES = ("torch", "transformers", "tokenizers", "accelerate", "safetensors", "numpy")


def write_result(
    folder: Path,
    run: TrainingRun,
    validation: Validation,
    *,
    name: str,
    tokenizer: Path,
    settings: dict[str, Any],
) -> None:
    """Writes the model of a run, and its summary, history and card, into a folder.

    Args:
        folder: Where to write.
        run: The run; its model's configuration is given the tokenizer's end of text.
        validation: How well the weights that were kept predict the validation sequences.
        name: The model's.
        tokenizer: Folder of the tokenizer that it was trained with.
        settings: What to show of the recipe and the inputs.
    """
    model, history = run.model, run.history
    end = read_tokenizer(tokenizer).token_to_id(END_OF_TEXT)
    for config in (model.config, model.generation_config):
        config.bos_token_id = config.eos_token_id = end
    write_model(model, folder)
    copy_tokenizer(tokenizer, folder)
    tokens_per_step = run.recipe.batch_size * run.data.train.sequences.shape[1]
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
        device=run.accelerator.device.type,
        num_processes=run.accelerator.num_processes,
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
