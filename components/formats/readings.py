"""Token readings, `tokens.jsonl`: how likely a model finds each token of both versions of a case.

A line is one case, a JSON object with the fields of `CaseReading`.
"""

import itertools
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from components.formats.cases import Author, Case
from components.formats.json_file import parse_json, read_text
from components.runtime.atomic import written_file
from components.runtime.errors import InputError

READINGS_FILE = "tokens.jsonl"  # in the folder of a variant's scores
DECIMALS = 6  # of log-probabilities


@dataclass(frozen=True)
class VersionReading:
    """The scored tokens of one version of a case, in reading order."""

    starts: list[int]  # first character in the version's text; 0 for a prompt's tokens
    ends: list[int]  # character behind it
    log_probabilities: list[float]  # natural, given the tokens before


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
            line = vars(reading) | {
                name: vars(version) | {"log_probabilities": _rounded(version.log_probabilities)}
                for name, version in (("original", reading.original), ("altered", reading.altered))
            }
            out.write(json.dumps(line, separators=(",", ":")) + "\n")


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(value, DECIMALS) for value in values]


def read_readings(
    file: Path, *, cases: Mapping[Author, Sequence[Case]], faithful: bool
) -> list[CaseReading]:
    """The readings in a file, in the order of the benchmark.

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
    for reading, where in _read_lines(file):
        place = (reading.author, reading.case)
        if reading.case not in range(len(cases.get(reading.author, ()))):
            raise InputError(f"no {place[0]}-made case {place[1]} in the benchmark: {where}")
        if place in found:
            raise InputError(f"{place[0]}-made case {place[1]} a second time: {where}")
        _check(reading, cases[reading.author][reading.case], faithful=faithful, where=where)
        found[place] = reading
    authors = [author for author in cases if any(author == each for each, _ in found)]
    for author in authors or cases:
        count, expected = sum(each == author for each, _ in found), len(cases[author])
        if count != expected:
            raise InputError(f"{count} {author}-made cases in {file}: expected {expected}")
    places = [(author, number) for author, made in cases.items() for number in range(len(made))]
    return [found[place] for place in places if place in found]


def _read_lines(file: Path) -> Iterator[tuple[CaseReading, str]]:
    """Each line's reading, and where it stands."""
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        where = f"{file}, line {number}"
        yield parse_json(line, CaseReading, where=where), where


def _check(reading: CaseReading, case: Case, *, faithful: bool, where: str) -> None:
    for name, version in (("original", reading.original), ("altered", reading.altered)):
        lists = vars(version)
        if len({len(each) for each in lists.values()}) > 1 or not version.starts:
            found = ", ".join(f"{len(each)} {key}" for key, each in lists.items())
            raise InputError(f"{name} has {found}: expected as many of each, at least one: {where}")
        ordered = all(start <= end for start, end in zip(version.starts, version.ends, strict=True))
        if version.starts[0] < 0 or not (
            ordered and _ascending(version.starts) and _ascending(version.ends)
        ):
            raise InputError(
                f"{name} has spans out of order: expected reading order, from 0: {where}"
            )
        for value in version.log_probabilities:
            if not math.isfinite(value):
                raise InputError(
                    f"{name}.log_probabilities holds {value}: expected finite: {where}"
                )
    for name, end, expected in [] if faithful else _misfits(reading, case):
        raise InputError(
            f"{name}.ends up to {end}: expected the end of the case's text, {expected}: {where}"
        )


def _ascending(values: Sequence[int]) -> bool:
    return all(a <= b for a, b in itertools.pairwise(values))


def _misfits(reading: CaseReading, case: Case) -> Iterator[tuple[str, int, int]]:
    """Versions whose tokens do not end where the text does: name, end found, end expected."""
    for name, version, text in (
        ("original", reading.original, case.original),
        ("altered", reading.altered, case.altered),
    ):
        end = version.ends[-1]
        if end > len(text) or text[end:].strip():
            yield name, end, len(text.rstrip())
