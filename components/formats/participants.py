"""Participants: what human experts chose, in the published form.

The form is that of https://github.com/braingpt-lovelab/brainbench_participant_data: one trial a
row, its `journal_section` begins with who made the case (`human_`, `machine_`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BeforeValidator, Field

from components.formats.cases import AUTHORS, Author, Case
from components.formats.json_file import Number
from components.formats.table import Flag, read_rows, whole_number, write_rows
from components.runtime.errors import InputError


def _participant(pid: str) -> str:
    number = whole_number(pid)
    if pid.strip().lower() in MISSING:
        raise ValueError("a participant")
    return pid.strip() if number is None else str(number)


def _missing(value: object) -> None:
    if str(value).strip().lower() not in MISSING:
        raise ValueError("a value")


MISSING = ("nan", "na", "none", "null")  # how programs write an empty cell
NotAvailable = Annotated[None, BeforeValidator(_missing)]
Rating = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]


class TrialRow(NamedTuple):
    """A row of the participants' file; ranges as its public README gives them."""

    # Who chose; a number is the same participant however it is written
    pid: Annotated[str, AfterValidator(_participant)]
    expertise: Rating  # what the participant says to know of the abstract's topic, 0 to 100
    confidence: Rating  # how sure the participant was, 0 to 100
    click_outside: str | None  # `clicked` where the participant left the page
    correct: Flag
    rt: Number | NotAvailable | None  # response time in milliseconds
    # The abstract's number, from 1; published as 34.0. It is the row of the human-made case of that
    # abstract; where no machine-made case is of an abstract of these, machine-made cases are
    # numbered by their own rows.
    abstract_id: Annotated[int, Field(ge=1, le=2**31)]
    journal_section: str  # who made the case, `_`, and the abstract's section of the journal
    click_slider: Flag | NotAvailable | None
    recognised: Flag | NotAvailable | None


@dataclass(frozen=True)
class Trial:
    """One participant's choice in one case."""

    participant: str  # who chose
    author: Author
    section: str
    # The case's row among its author's, from 0; the abstract's number, from 0, where a file was
    # read without the cases
    case: int
    expertise: float  # what the participant says to know of the abstract's topic, on a slider
    confidence: float  # how sure the participant was, on a slider
    correct: bool


def write_trials(file: Path, rows: Iterable[TrialRow]) -> None:
    """Writes trials in the published form."""
    write_rows(file, TrialRow, rows, numbered=True)


def read_trials(file: Path, *, cases: Mapping[Author, Sequence[Case]] | None = None) -> list[Trial]:
    """The trials of a participants' file, in its order; more columns are allowed.

    Trials on cases of an author of `cases`, the benchmark's, have to be on one of them.

    Raises:
        InputError: The file is missing, empty, not UTF-8 or lacks a column, a row holds an empty
            or bad value, or is of no case of the benchmark or the same as a row before it.
    """
    joined = {author: _Join(author, cases) for author in cases} if cases else {}
    trials: dict[TrialRow, Trial] = {}
    for number, row in enumerate(read_rows(file, TrialRow), start=1):
        where = f"{file}, row {number}"
        trial = _trial(row, where=where)
        if trial.author in joined:
            trial = joined[trial.author].on_its_case(trial, where=where)
        if row in trials:  # who chose twice in a case did not do so in the same milliseconds
            first = list(trials).index(row) + 1
            raise InputError(f"the same trial as in row {first}: {where}")
        trials[row] = trial
    return list(trials.values())


def abstract_ids(author: Author, cases: Mapping[Author, Sequence[Case]]) -> dict[int, int]:
    """The `abstract_id` of trials on each case of an author, by the case's row.

    Missing is a case that trials cannot name: one of two machine-made cases of one abstract, or a
    machine-made one without a human-made one where others have one.
    """
    ids: dict[int, int] = {}
    for number, rows in enumerate(_Join(author, cases).rows, start=1):
        if len(rows) == 1:
            ids.setdefault(rows[0], number)
    return ids


def _trial(row: TrialRow, *, where: str) -> Trial:
    name, _, section = row.journal_section.partition("_")
    author = next((each for each in AUTHORS if each == name), None)
    if author is None:
        expected = " or ".join(f"{name}_..." for name in AUTHORS)
        found = f"journal_section is '{row.journal_section}'"
        raise InputError(f"{found}, expected {expected}: {where}")
    return Trial(
        participant=row.pid,
        author=author,
        section=section,
        case=row.abstract_id - 1,
        expertise=row.expertise,
        confidence=row.confidence,
        correct=row.correct,
    )


class _Join:
    """Finds the case of a trial on an author's: trials number abstracts, cases name DOIs.

    Its `rows` are those of the author's cases of each numbered abstract.
    """

    def __init__(self, author: Author, cases: Mapping[Author, Sequence[Case]]) -> None:
        human, own = ({case.doi for case in cases.get(name, ())} for name in ("human", author))
        self._numbered: Author = "human" if human & own else author
        self._abstracts = cases[self._numbered]
        if self._numbered == author:
            self.rows = [[number] for number in range(len(self._abstracts))]
        else:
            rows = defaultdict(list)
            for number, case in enumerate(cases[author]):
                rows[case.doi].append(number)
            self.rows = [rows[case.doi] for case in self._abstracts]

    def on_its_case(self, trial: Trial, *, where: str) -> Trial:
        """The trial with the row of its case.

        Raises:
            InputError: The trial is on none of the cases, its section is not that of the abstract,
                or two cases are of its abstract.
        """
        found, author = f"abstract_id is {trial.case + 1}", trial.author
        if trial.case >= len(self.rows):
            expected = f"one of {len(self.rows)} {self._numbered}-made cases"
            raise InputError(f"{found}, expected {expected}: {where}")
        rows = self.rows[trial.case]
        if len(rows) != 1:
            doi = self._abstracts[trial.case].doi
            expected = f"one {author}-made case of {doi}, found {len(rows) or 'none'}"
            raise InputError(f"{found}, expected {expected}: {where}")
        section = self._abstracts[trial.case].journal_section
        if trial.section != section:
            found = f"journal_section is '{author}_{trial.section}'"
            raise InputError(f"{found}, expected that of the case, '{author}_{section}': {where}")
        return replace(trial, case=rows[0])
