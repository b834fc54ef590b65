"""What the models of a study cost: tokens to train on, and optimizer steps."""

from collections.abc import Iterator
from pathlib import Path

from components.formats.tokens import read_tokens
from components.training.recipe import Recipe
from pipelines.study.params import GENERAL_TOKENS, Params, Pretraining, Variant


def costs(study: Params, *, tokens: Path) -> Iterator[tuple[str, str, str]]:
    """Name, training tokens and optimizer steps of each variant and pretraining, in words.

    Args:
        study: The parameters.
        tokens: Folder of the token sets; what they amount to is known once they are made.

    Raises:
        InputError: A token set is damaged.
    """
    rows: list[tuple[str, str, Pretraining | Variant]] = [
        *((f"pretraining {name}", GENERAL_TOKENS, row) for name, row in study.pretraining.items()),
        *((name, row.tokenizer, row) for name, row in study.variants.items()),
    ]
    for name, token_set, row in rows:
        num_sequences = _num_sequences(tokens / token_set, context_length=study.context_length)
        if not row.epochs:
            yield name, "0", "0"
        elif num_sequences is None:
            yield name, f"{row.epochs} x tokens of {token_set}, not made yet", "?"
        else:
            recipe = Recipe(epochs=row.epochs, seed=study.seed, **dict(row.recipe))
            num_tokens = row.epochs * num_sequences * study.context_length
            num_steps = row.epochs * recipe.steps_per_epoch(num_sequences)
            yield name, f"{num_tokens:,}", f"{num_steps:,}"


def _num_sequences(folder: Path, *, context_length: int) -> int | None:
    """Training sequences of a token set; None before it is made with this context length."""
    if not folder.is_dir():
        return None
    sequences = read_tokens(folder).train.sequences
    return len(sequences) if sequences.shape[1] == context_length else None


def table(rows: list[tuple[str, ...]]) -> str:
    """Rows as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)
