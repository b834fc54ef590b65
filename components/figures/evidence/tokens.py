"""How likely a model finds every token of both versions of every case, as scoring wrote it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from components.figures.record import Record
from components.formats.cases import Case
from components.formats.json_file import read_text
from components.runtime.errors import InputError
from components.statistics.clustered import Floats, Integers

LISTS = ("starts", "ends", "log_probabilities")


@dataclass(frozen=True, eq=False)
class Tokens:
    """The tokens of one version that count, in reading order.

    Attributes:
        starts: First character of each in the version's text, shape (num_tokens,).
        ends: Character behind each, 0 for tokens of a prompt, shape (num_tokens,).
        log_probabilities: Natural logarithms, each token after those before it, shape
            (num_tokens,).
    """

    starts: Integers
    ends: Integers
    log_probabilities: Floats


@dataclass(frozen=True, eq=False)
class Reading:
    """A model's tokens of both versions of a case.

    Attributes:
        original: Of the original.
        altered: Of the altered version.
        fits: Whether they end where the texts of the case do.
    """

    original: Tokens
    altered: Tokens
    fits: bool = True


def read_readings(
    file: Path, *, cases: Mapping[str, Sequence[Case]], faithful: bool
) -> dict[str, list[Reading]]:
    """The readings of a `tokens.jsonl`, by who made the cases and in their order.

    Args:
        file: A JSON object a line: `author`, `case` and, for `original` and `altered`, the lists
            `starts`, `ends` and `log_probabilities` of the tokens that count.
        cases: The benchmark's cases by who made them.
        faithful: Whether they were read by the faithful protocol, which reads a few published
            cases otherwise than they are written; those do not fit.

    Raises:
        InputError: The file is missing or not JSON, lacks a value or a case, holds a case twice or
            one of another benchmark, spans outside of a text or a number that is not finite.
    """
    found: dict[str, dict[int, Reading]] = {}
    for number, line in enumerate(read_text(file).splitlines(), start=1):
        record = _record(line, file=Path(f"{file}, line {number}"))
        author, case = record.text("author"), record.integer("case")
        if author not in cases or case >= len(cases[author]):
            raise InputError(f"no {author}-made case {case} in the benchmark: {record.file}")
        if case in found.setdefault(author, {}):
            raise InputError(f"{author}-made case {case} a second time: {record.file}")
        found[author][case] = _reading(record, cases[author][case], faithful=faithful)
    for author in found or cases:
        count, expected = len(found.get(author, ())), len(cases[author])
        if count != expected:
            raise InputError(f"{count} {author}-made cases in {file}: expected {expected}")
    return {
        author: [found[author][number] for number in range(len(made))]
        for author, made in cases.items()
        if author in found
    }


def _record(line: str, *, file: Path) -> Record:
    """A line's object; its messages name file and line."""
    try:
        return Record(json.loads(line), file=file)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON ({error.msg}): {file}") from None


def _reading(record: Record, case: Case, *, faithful: bool) -> Reading:
    texts = {"original": case.original, "altered": case.altered}
    tokens = {name: _tokens(record.record(name)) for name in texts}
    fits = True
    for name, text in texts.items():
        end = int(tokens[name].ends[-1])
        if end > len(text) or text[end:].strip():
            fits = False
            if not faithful:
                expected = f"expected the end of the case's text, {len(text.rstrip())}"
                raise InputError(f"{name}.ends up to {end} in {record.file}: {expected}")
    return Reading(tokens["original"], tokens["altered"], fits)


def _tokens(record: Record) -> Tokens:
    lists = [_numbers(record, key) for key in LISTS]
    if len({len(each) for each in lists}) > 1:
        found = ", ".join(f"{len(each)} {key}" for key, each in zip(LISTS, lists, strict=True))
        raise InputError(f"{record.name} has {found} in {record.file}: expected as many of each")
    starts, ends = (each.astype(np.int64) for each in lists[:2])
    ordered = np.all(starts <= ends) and all(np.all(np.diff(each) >= 0) for each in (starts, ends))
    if starts[0] < 0 or not ordered:
        raise InputError(
            f"{record.name} has spans out of order in {record.file}: expected reading order, from 0"
        )
    return Tokens(starts, ends, lists[2])


def _numbers(record: Record, key: str) -> Floats:
    """A list of numbers, at least one; whole ones for spans."""
    name, values = f"{record.name}.{key}", record.values.get(key)
    if not isinstance(values, list) or not values:
        found = "missing" if key not in record.values else "no list of numbers"
        raise InputError(f"{name} is {found} in {record.file}: expected one number a token")
    kinds = {float, int} if key == "log_probabilities" else {int}
    array = np.array([each if type(each) in kinds else np.nan for each in values], np.float64)
    for value in np.array(values, dtype=object)[~np.isfinite(array)][:1]:
        expected = "finite" if float in kinds else "whole"
        raise InputError(f"{name} holds {value!r} in {record.file}: expected {expected} numbers")
    return array
