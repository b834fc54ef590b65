"""Proposed cases on their way into a benchmark: abstracts, proposals, reviews.

Abstracts are JSON lines. `proposals.csv` is a file of cases with more columns, and holds those that
were refused too. A review is the CSV file that a reviewer saves from the page of proposals.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field

from components.formats.json_file import read_json_lines, write_record
from components.formats.table import read_rows, write_rows
from components.formats.terms import LanguageModelUse
from components.runtime.atomic import written_file
from components.runtime.errors import InputError

PROPOSALS, SUMMARY = "proposals.csv", "summary.json"
UNSPECIFIED = "unspecified"  # section of an abstract whose journal has none
DATE = re.compile(r"\d{4}(-\d\d){0,2}")
Decision = Literal["accept", "refuse", "mend"]


def _date(text: str) -> str:
    try:
        date.fromisoformat(f"{text}-01-01"[:10] if DATE.fullmatch(text) else "")
    except ValueError:
        raise ValueError("a date as 2024-05-17, 2024-05 or 2024") from None
    return text


@dataclass(frozen=True)
class AbstractRecord:
    """A line of a file of abstracts."""

    doi: Annotated[str, Field(min_length=1)]
    abstract: str
    published: Annotated[str, AfterValidator(_date)]  # 2024-05-17, 2024-05 or 2024
    journal_section: str = UNSPECIFIED

    @property
    def first_day(self) -> date:
        """The day it was published, the first of those that it can have been."""
        return date.fromisoformat(f"{self.published}-01-01"[:10])


class ProposalRow(NamedTuple):
    """A row of `proposals.csv`: a case, or an abstract from which none could be made."""

    proposal: str  # its name, which follows from DOI and both versions
    doi: str
    journal_section: str
    published: str
    original_abstract: str  # the abstract as published
    incorrect_abstract: str | None  # the altered version; None where there is none
    combined_abstract: str | None  # both, each difference as `[[original, altered]]`
    proposer: str  # what altered it
    refused_by: str | None  # name of the validator that refused it; None where all accept it
    found: str | None  # what that validator found


class ReviewRow(NamedTuple):
    """A row of a review: what a reviewer decided on a proposal."""

    proposal: str
    doi: str
    decision: Decision  # whether it is a case, or one once mended
    reason: str | None
    incorrect_abstract: str | None  # the altered version, mended; else None
    reviewer: str


@dataclass(frozen=True)
class ProposalSummary:
    """What became of abstracts, and what it cost: `summary.json`."""

    proposer: str  # what altered them
    num_abstracts: int
    num_accepted: int  # proposals that all validators accept
    refused: dict[str, int]  # by the validator that refused them
    language_model: LanguageModelUse | None  # the language model that was asked; None for rules


def proposal_name(doi: str, *, original: str, altered: str) -> str:
    """Name of a proposal: 12 hexadecimal digits."""
    return hashlib.sha256("\0".join((doi, original, altered)).encode()).hexdigest()[:12]


def read_abstracts(file: Path) -> list[AbstractRecord]:
    """The abstracts of a file, white space in them made single spaces.

    Raises:
        InputError: The file is missing, empty or not UTF-8, a line is no JSON object with the
            fields of an abstract, an abstract is empty, or one is there twice.
    """
    found: dict[tuple[str, str], str] = {}
    records: list[AbstractRecord] = []
    for record, where in read_json_lines(file, AbstractRecord):
        text = " ".join(record.abstract.split())
        if not any(map(str.isalnum, text)):
            raise InputError(f"empty abstract: expected its text: {where}")
        first = found.setdefault((record.doi, text), where)
        if first != where:
            line = first.rpartition(", ")[2]
            raise InputError(f"the same abstract as in {line}: {where}")
        section = record.journal_section.strip() or UNSPECIFIED
        records.append(replace(record, abstract=text, journal_section=section))
    if not records:
        raise InputError(f"no abstract in {file}: expected one JSON object a line")
    return records


def write_abstracts(file: Path, records: Iterable[AbstractRecord]) -> None:
    """Writes abstracts, whole or not at all."""
    with written_file(file) as partial, partial.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(vars(each), ensure_ascii=False) + "\n" for each in records)


def write_proposals(folder: Path, rows: Iterable[ProposalRow], *, summary: ProposalSummary) -> None:
    """Writes `proposals.csv` and `summary.json`."""
    write_rows(folder / PROPOSALS, ProposalRow, rows)
    write_record(folder / SUMMARY, summary)


def read_proposals(folder: Path) -> list[ProposalRow]:
    """The proposals of a folder, refused ones too."""
    return read_rows(folder / PROPOSALS, ProposalRow)


def read_review(file: Path) -> list[ReviewRow]:
    """A reviewer's decisions, at least one.

    Raises:
        InputError: The file is missing or bad, decides twice on a proposal, or mends one without
            giving the text.
    """
    rows = read_rows(file, ReviewRow)
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        where = f"{file}, row {number}"
        if row.proposal in seen:
            raise InputError(f"a second decision on {row.proposal}: {where}")
        seen.add(row.proposal)
        if (row.decision == "mend") != (row.incorrect_abstract is not None):
            expected = f"expected {'a' if row.decision == 'mend' else 'no'} text"
            what = f"incorrect_abstract of a decision to {row.decision}"
            raise InputError(f"{expected} in {what}: {where}")
    return rows
