"""Answers of one expert, as the page of `python -m components.dataset questionnaire` saves them.

The columns are those of the published trials, with what was chosen in the place of whether that is
correct: the page does not know which version is the original.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from components.formats.json_file import Number
from components.formats.participants import Rating
from components.formats.table import Flag, read_header, read_rows
from components.runtime.errors import InputError


class AnswerRow(NamedTuple):
    """One answer; what is not described here is as in `TrialRow`."""

    pid: str  # the expert's code
    expertise: Rating
    confidence: Rating
    click_outside: Literal["clicked"] | None
    chosen: str  # the version that the expert chose, as `version_id` names it
    rt: Number  # milliseconds for which the case was on the screen
    abstract_id: Annotated[int, Field(ge=1, le=2**31)]
    journal_section: str
    click_slider: Flag
    recognised: Flag
    trial: Annotated[int, Field(ge=1, le=2**31)]  # number of the case in the expert's order, from 1
    trials: Annotated[int, Field(ge=1, le=2**31)]  # cases that the expert is asked
    first: str  # the version that was shown first, as `version_id` names it


def version_id(text: str) -> str:
    """Names a version of an abstract by its content, without saying which version it is."""
    # A letter in front: spreadsheets take 12e45 for a number.
    return "v" + hashlib.sha256(text.encode()).hexdigest()[:12]


def read_answers(file: Path) -> list[AnswerRow]:
    """The answers of one expert, by their numbers.

    Raises:
        InputError: The file is missing, empty, not CSV in UTF-8, lacks a column or has one that the
            page does not write, or a row holds a bad value, another expert's code or number of
            cases, or the number or the case of a row before it.
    """
    rows = read_rows(file, AnswerRow)
    unknown = [name for name in read_header(file) if name not in AnswerRow._fields]
    if unknown:
        raise InputError(
            f"column '{unknown[0]}' in {file}: expected the columns that the page writes and"
            " nothing else about the expert"
        )
    for number, row in enumerate(rows, start=1):
        where = f"{file}, row {number}"
        for name in ("pid", "trials"):
            if getattr(row, name) != getattr(rows[0], name):
                found = f"{name} is '{getattr(row, name)}'"
                raise InputError(f"{found}, expected '{getattr(rows[0], name)}' as above: {where}")
        if row.trial > row.trials:
            raise InputError(f"trial is {row.trial}, expected at most {row.trials}: {where}")
        for other in rows[: number - 1]:
            if row.trial == other.trial:
                raise InputError(f"trial {row.trial} twice: {where}")
            if (row.abstract_id, row.journal_section) == (other.abstract_id, other.journal_section):
                raise InputError(f"trials {other.trial} and {row.trial} on one case: {where}")
    return sorted(rows, key=lambda row: row.trial)
