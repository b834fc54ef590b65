"""The table of results: one row for the human experts, one for each variant."""

from collections.abc import Sequence

from components.figures import wording
from components.figures.field import Field
from components.figures.participants import Experts
from components.figures.scores import Score

COLUMNS = (
    "variant",
    "what it is",
    "human-made cases (95% interval)",
    "machine-made cases (95% interval)",
    "validation perplexity",
    "bits per byte",
    "training time",
)
SHORT = ("variant", "what it is", "human-made", "machine-made", "perplexity", "bits/byte", "time")


def table_rows(scores: Sequence[Score], experts: Experts, *, field: Field) -> list[list[str]]:
    """The table's cells as text, a value for each of `COLUMNS`.

    Args:
        scores: Of every variant, in the order to show.
        experts: Whom they are compared with.
        field: What the study is about.
    """
    people = wording.count(experts.num_participants, "participant")
    accuracies = [wording.accuracy(experts.accuracy.get(name)) for name in ("human", "machine")]
    return [[field.experts, people, *accuracies, "–", "–", "–"], *map(_row, scores)]


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """The table in Markdown, its columns aligned so that a terminal shows it as well."""
    cells = [[each.replace("|", "\\|") for each in row] for row in (SHORT, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    # Words to the left, numbers to the right.
    sides = "<<>>>>>"
    rule = [
        "-" * width if side == "<" else "-" * (width - 1) + ":"
        for side, width in zip(sides, widths, strict=True)
    ]
    lines = [
        [f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True)]
        for row in (cells[0], rule, *cells[1:])
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _row(score: Score) -> list[str]:
    return [
        score.variant.name,
        score.variant.description,
        wording.accuracy(score.accuracy["human"]),
        wording.accuracy(score.accuracy.get("machine")),
        wording.perplexity(score.validation.perplexity),
        f"{score.validation.bits_per_byte:.3f}",
        wording.duration(score.training_seconds),
    ]
