"""Token readings, `tokens.jsonl`: how likely a model finds each token of both versions of a case.

A line is one case, a JSON object with the fields of `CaseReading`.
"""

import json
import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import FiniteFloat, NonNegativeInt

from components.formats.cases import Author, Case
from components.formats.json_file import read_json_lines
from components.runtime.atomic import written_file
from components.runtime.errors import InputError

READINGS_FILE = "tokens.jsonl"  # in the folder of a variant's scores
DECIMALS = 6  # of log-probabilities


@dataclass(frozen=True)
class VersionReading:
    """The scored tokens of one version of a case, in reading order."""

    starts: list[NonNegativeInt]  # first character in the version's text; 0 for a prompt's tokens
    ends: list[NonNegativeInt]  # character behind it
    log_probabilities: list[FiniteFloat]  # natural, given the tokens before


@dataclass(frozen=True)
class CaseReading:
    """A model's reading of both versions of a case."""

    author: Author
    case: int  # its row in the author's file, from 0
    original: VersionReading
    altered: VersionReading

    @property
    def versions(self) -> tuple[VersionReading, VersionReading]:
        """Original and altered."""
        return self.original, self.altered

    def fits(self, case: Case) -> bool:
        """Whether both versions' tokens end where the texts of the case do."""
        return not list(_misfits(self, case))


def write_readings(file: Path, readings: Iterable[CaseReading]) -> None:
    """Writes readings, a line each, log-probabilities with six decimals."""
    with written_file(file) as partial, partial.open("w", encoding="utf-8") as out:
        for reading in readings:
            line = vars(reading).copy()
            for name, version in (("original", reading.original), ("altered", reading.altered)):
                rounded = [round(each, DECIMALS) for each in version.log_probabilities]
                line[name] = vars(version) | {"log_probabilities": rounded}
            out.write(json.dumps(line, separators=(",", ":")) + "\n")


def read_readings(
    file: Path, *, cases: Mapping[Author, Sequence[Case]], faithful: bool
) -> list[CaseReading]:
    """The readings of one variant, in the order of the benchmark.

    Args:
        file: `tokens.jsonl` of one variant.
        cases: The benchmark's cases by who made them.
        faithful: Whether they were read by the faithful protocol, which reads a few published
            cases otherwise than they are written; those need not fit.

    Raises:
        InputError: The file is missing or not JSON, lacks a value or a case, holds a case twice or
            one of another benchmark, spans outside of a text or a number that is not finite.
    """
    found: dict[tuple[Author, int], CaseReading] = {}
    for reading, where in read_json_lines(file, CaseReading):
        author, case = place = (reading.author, reading.case)
        if case not in range(len(cases.get(author, ()))):
            raise InputError(f"no {author}-made case {case} in the benchmark: {where}")
        if place in found:
            raise InputError(f"{author}-made case {case} a second time: {where}")
        _check(reading, where=where)
        for name, end, expected in [] if faithful else _misfits(reading, cases[author][case]):
            ends = f"{name}.ends up to {end}"
            raise InputError(f"{ends}: expected the end of the case's text, {expected}: {where}")
        found[place] = reading
    counts = Counter(author for author, _ in found)
    for author in counts or cases:
        if counts[author] != len(cases[author]):
            count, expected = counts[author], len(cases[author])
            raise InputError(f"{count} {author}-made cases in {file}: expected {expected}")
    return [
        found[author, case]
        for author in cases
        if author in counts
        for case in range(counts[author])
    ]


def _check(reading: CaseReading, *, where: str) -> None:
    for name, version in (("original", reading.original), ("altered", reading.altered)):
        lists = vars(version)
        if len({len(each) for each in lists.values()}) > 1 or not version.starts:
            found = ", ".join(f"{len(each)} {key}" for key, each in lists.items())
            raise InputError(f"{name} has {found}: expected as many of each, at least one: {where}")
        in_order = all(sorted(each) == each for each in (version.starts, version.ends))
        if not in_order or not all(map(operator.le, version.starts, version.ends)):
            raise InputError(f"{name} has spans out of order: expected reading order: {where}")


def _misfits(reading: CaseReading, case: Case) -> Iterator[tuple[str, int, int]]:
    """Versions whose tokens do not end where the text does: name, end found, end expected."""
    for name, version, text in (
        ("original", reading.original, case.original),
        ("altered", reading.altered, case.altered),
    ):
        end = version.ends[-1]
        if end > len(text) or text[end:].strip():
            yield name, end, len(text.rstrip())
