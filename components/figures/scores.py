"""What the variants reached: their choices in every case, and how they were trained."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from components.cases import Case
from components.errors import InputError
from components.figures.accuracy import Accuracy, accuracy
from components.figures.record import Record, read_json
from components.figures.rows import Row, read_rows
from components.figures.variants import Variant

COLUMNS = ("author", "case", "doi", "correct")


@dataclass(frozen=True)
class Validation:
    """How well a model predicts the validation texts.

    Attributes:
        perplexity: Per token of the model's own tokenizer.
        bits_per_byte: Per byte of UTF-8; the same unit for every tokenizer.
    """

    perplexity: float
    bits_per_byte: float


@dataclass(frozen=True)
class Score:
    """What one variant reached.

    Attributes:
        variant: Which.
        accuracy: By who made the cases.
        validation: Of the final weights.
        epochs: Number and validation of every epoch; the final weights as epoch 0 where nothing
            was trained.
        training_seconds: Time that training took; 0 where nothing was trained.
        num_parameters: The model's weights.
        device: What it was trained on.
        versions: Versions of Python and the libraries, by name.
    """

    variant: Variant
    accuracy: dict[str, Accuracy]
    validation: Validation
    epochs: tuple[tuple[int, Validation], ...]
    training_seconds: float
    num_parameters: int
    device: str
    versions: dict[str, str]


def read_score(folder: Path, variant: Variant, *, cases: dict[str, list[Case]]) -> Score:
    """What one variant reached.

    Args:
        folder: Folder of all scores; the variant's lie below its name.
        variant: Which.
        cases: The cases that it had to be scored on, by who made them.

    Raises:
        InputError: The scores are missing, lack a column or value, hold a bad one, or are of other
            cases.
    """
    place = folder / variant.name
    for name in ("cases.csv", "metrics.json"):
        if not (place / name).is_file():
            raise InputError(f"no scores of variant {variant.name}: expected {place / name}")
    rows = read_rows(place / "cases.csv", columns=COLUMNS)
    model = read_json(place / "metrics.json").record("model")
    final = _validation(model)
    epochs = [(each.integer("epoch"), _validation(each)) for each in model.records("epochs")]
    versions = model.record("versions")
    return Score(
        variant=variant,
        accuracy=_accuracies(rows, cases, file=place / "cases.csv"),
        validation=final,
        epochs=tuple(epochs) or ((0, final),),
        training_seconds=model.number("training_seconds"),
        num_parameters=model.integer("num_parameters"),
        device=model.text("device"),
        versions={name: versions.text(name) for name in versions.values},
    )


def _validation(record: Record) -> Validation:
    return Validation(
        perplexity=record.number("validation_perplexity"),
        bits_per_byte=record.number("validation_bits_per_byte"),
    )


def _accuracies(
    rows: Sequence[Row], cases: dict[str, list[Case]], *, file: Path
) -> dict[str, Accuracy]:
    outcomes: dict[str, dict[int, bool]] = {author: {} for author in cases}
    for row in rows:
        author, number = row.choice("author", tuple(cases)), row.integer("case")
        if number >= len(cases[author]) or row.text("doi") != cases[author][number].doi:
            raise InputError(f"no such {author}-made case in the benchmark: {row.where}")
        if number in outcomes[author]:
            raise InputError(f"{author}-made case {number} a second time: {row.where}")
        outcomes[author][number] = row.outcome("correct")
    for author, made in cases.items():
        if len(outcomes[author]) != len(made):
            found = f"{len(outcomes[author])} {author}-made cases in {file}"
            raise InputError(f"{found}: expected the benchmark's {len(made)}")
    return {author: accuracy(made.values()) for author, made in outcomes.items()}
