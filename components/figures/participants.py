"""What human experts chose, from the participants' data in its published form.

The form is that of https://github.com/braingpt-lovelab/brainbench_participant_data: one trial a
row, its `journal_section` begins with who made the case (`human_`, `machine_`).
"""

from dataclasses import dataclass
from pathlib import Path

from components.cases import AUTHORS
from components.errors import InputError
from components.figures.accuracy import Accuracy, accuracy
from components.figures.rows import Row, read_rows

COLUMNS = ("pid", "journal_section", "correct")


@dataclass(frozen=True)
class Experts:
    """How well human experts chose.

    Attributes:
        accuracy: Over all trials, by who made the cases; always with `human`.
        num_participants: How many people took part.
    """

    accuracy: dict[str, Accuracy]
    num_participants: int


def read_experts(file: Path) -> Experts:
    """The experts' accuracy over all trials of a participants' file.

    Args:
        file: CSV file in UTF-8 with the columns of `COLUMNS`; more columns are allowed.

    Raises:
        InputError: The file is missing, empty, not UTF-8 or lacks a column, a row holds an empty
            value, an unknown author or a `correct` that is neither 1 nor 0, or no trial is on a
            human-made case.
    """
    rows = read_rows(file, columns=COLUMNS)
    trials: dict[str, list[bool]] = {}
    for row in rows:
        trials.setdefault(_author(row), []).append(row.outcome("correct"))
    if "human" not in trials:
        raise InputError(f"no trial on a human-made case in {file}: expected 'human_' sections")
    return Experts(
        accuracy={author: accuracy(trials[author]) for author in AUTHORS if author in trials},
        num_participants=len({row.text("pid") for row in rows}),
    )


def _author(row: Row) -> str:
    section = row.text("journal_section")
    author = section.partition("_")[0]
    if author not in AUTHORS:
        expected = " or ".join(f"{name}_..." for name in AUTHORS)
        raise InputError(f"journal_section is '{section}', expected {expected}: {row.where}")
    return author
