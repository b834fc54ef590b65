"""What human experts chose, from the participants' data in its published form.

The form is that of https://github.com/braingpt-lovelab/brainbench_participant_data: one trial a
row, its `journal_section` begins with who made the case (`human_`, `machine_`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from components.figures.rows import Row, read_rows
from components.formats.cases import AUTHORS, Case
from components.runtime.errors import InputError

COLUMNS = ("pid", "expertise", "confidence", "correct", "abstract_id", "journal_section")


@dataclass(frozen=True)
class Trial:
    """One participant's choice in one case.

    Attributes:
        participant: Who chose.
        author: Who made the case.
        section: Journal section of the abstract.
        case: Number of the abstract, from 0: the row of the human-made cases if one of these; of
            the others it only says which trials are on one case.
        expertise: What the participant says to know of the abstract's topic, on a slider.
        confidence: How sure the participant was, on a slider.
        correct: Whether the original was chosen.
    """

    participant: str
    author: str
    section: str
    case: int
    expertise: float
    confidence: float
    correct: bool


def read_trials(file: Path, *, cases: Mapping[str, Sequence[Case]] | None = None) -> list[Trial]:
    """The trials of a participants' file, in its order.

    Args:
        file: CSV file in UTF-8 with the columns of `COLUMNS`; more columns are allowed.
        cases: The benchmark's cases by who made them; trials on human-made cases have to be on
            one of them. Left out, that is not asked.

    Raises:
        InputError: The file is missing, empty, not UTF-8 or lacks a column, a row holds an empty
            or bad value or is of no case of the benchmark, or no trial is on a human-made case.
    """
    rows = read_rows(file, columns=COLUMNS)
    trials = [_trial(row) for row in rows]
    if not any(trial.author == "human" for trial in trials):
        raise InputError(f"no trial on a human-made case in {file}: expected 'human_' sections")
    for row, trial in zip(rows, trials, strict=True):
        if cases is not None and trial.author == "human":
            _check_case(trial, cases["human"], where=row.where)
    return trials


def _trial(row: Row) -> Trial:
    text = row.text("journal_section")
    author, _, section = text.partition("_")
    if author not in AUTHORS:
        expected = " or ".join(f"{name}_..." for name in AUTHORS)
        raise InputError(f"journal_section is '{text}', expected {expected}: {row.where}")
    number = row.number("abstract_id")  # published as 34.0
    if number < 1 or not number.is_integer():
        found = f"abstract_id is '{row.text('abstract_id')}'"
        raise InputError(f"{found}, expected a whole number from 1: {row.where}")
    return Trial(
        participant=row.text("pid"),
        author=author,
        section=section,
        case=int(number) - 1,
        expertise=row.number("expertise"),
        confidence=row.number("confidence"),
        correct=row.outcome("correct"),
    )


def _check_case(trial: Trial, cases: Sequence[Case], *, where: str) -> None:
    if trial.case >= len(cases):
        found = f"abstract_id is {trial.case + 1}"
        raise InputError(f"{found}, expected one of {len(cases)} human-made cases: {where}")
    section = cases[trial.case].journal_section
    if trial.section != section:
        found = f"journal_section is 'human_{trial.section}'"
        raise InputError(f"{found}, expected that of the case, 'human_{section}': {where}")
