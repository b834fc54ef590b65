"""Logs of lm-evaluation-harness: `samples_TASK_DATE.jsonl`, as `lm_eval --log_samples` writes them.

A line is a document of a task of type multiple_choice. Read is the form of version 0.4.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from components.formats.json_file import read_json_lines
from components.runtime.errors import InputError

Metric = Literal["acc", "acc_norm", "acc_bytes"]
LENGTHS: Mapping[Metric, Callable[[str], int]] = {  # what a log-likelihood is divided by
    "acc": lambda _: 1,
    "acc_norm": len,
    "acc_bytes": lambda text: len(text.encode()),
}


@dataclass(frozen=True)
class _Request:
    arg_0: str  # the context
    arg_1: str  # the choice


@dataclass(frozen=True)
class _Sample:
    doc_id: int
    target: str
    arguments: dict[str, _Request]
    # Of each choice, log-likelihood and whether it is the most likely continuation.
    filtered_resps: tuple[tuple[str | float, str | bool], ...]
    acc: float | None = None
    acc_norm: float | None = None
    acc_bytes: float | None = None


class LoggedChoice(NamedTuple):
    """A choice between two texts."""

    document: int  # number of the document in the task
    right: str  # the text that is right, context and choice
    wrong: str
    # Of both, right first. Per character by `acc_norm`, per byte by `acc_bytes`; by `acc`, which
    # compares whole log-likelihoods, per mean character of the two choices.
    perplexities: tuple[float, float]
    where: str  # file and line


def task_name(file: Path) -> str:
    """The task of a log, by the file's name; raises an `InputError` for another file."""
    found = re.fullmatch(r"samples_(.+)_\d{4}-\d\d-\d\dT[\d.-]+\.jsonl", file.name)
    if not found:
        raise InputError(
            f"{file}: expected samples_TASK_DATE.jsonl, as lm_eval --log_samples names it"
        )
    return found[1]


def read_harness_log(file: Path, *, metric: Metric) -> list[LoggedChoice]:
    """The choices of a log, in its order, the right text preferred by one of its accuracies.

    Raises:
        InputError: The file is missing, empty or no such log, a document has other than two
            choices or an empty one, a number is not finite, or the logged accuracy is not what the
            log-likelihoods say.
    """
    lines = list(read_json_lines(file, _Sample))
    if not lines:
        raise InputError(f"no sample in {file}: expected one a line")

    def read(*, delimited: bool) -> list[LoggedChoice]:
        return [_choice(each, metric, delimited=delimited, where=where) for each, where in lines]

    # A space before all choices is mostly the task's delimiter, which the harness does not count,
    # and in some tasks their own. A log does not say which: its accuracies must agree.
    try:
        return read(delimited=True)
    except _OtherAccuracyError as error:
        try:
            return read(delimited=False)
        except _OtherAccuracyError:
            raise error from None


class _OtherAccuracyError(InputError):
    """A logged accuracy is not what the log-likelihoods say."""


def _choice(sample: _Sample, metric: Metric, *, delimited: bool, where: str) -> LoggedChoice:
    requests = [sample.arguments[key] for key in sorted(sample.arguments)]
    if len(requests) != 2 or len(sample.filtered_resps) != 2:
        found = f"{len(sample.filtered_resps)} answers of the model"
        raise InputError(f"{found}, expected one to each of two choices: {where}")
    choices = [each.arg_1 for each in requests]
    values = [_number(answer[0], where=where) for answer in sample.filtered_resps]
    right = _right(sample.target, choices, where=where)
    wrong = 1 - right
    delimited = delimited and all(text[:1].isspace() for text in choices)
    counted = [text.lstrip() if delimited else text for text in choices]
    if not all(counted):
        raise InputError(f"empty choice, expected two texts: {where}")
    shares = [value / LENGTHS[metric](text) for value, text in zip(values, counted, strict=True)]
    logged = getattr(sample, metric)
    if logged is None:
        raise InputError(f"no {metric}, expected it among the task's metrics: {where}")
    if shares[0] != shares[1] and logged != (shares[right] > shares[wrong]):
        raise _OtherAccuracyError(
            f"{metric} is {logged}, not what the log-likelihoods say: {where}"
        )
    scale = sum(map(len, counted)) / 2 if metric == "acc" else 1.0
    try:
        both = math.exp(-shares[right] / scale), math.exp(-shares[wrong] / scale)
    except OverflowError:
        raise InputError(f"log-likelihoods too low for a perplexity: {where}") from None
    texts = [each.arg_0 + each.arg_1 for each in requests]
    return LoggedChoice(sample.doc_id, texts[right], texts[wrong], both, where)


def _number(value: str | float, *, where: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"log-likelihood is {value}, expected a finite number: {where}")
    return number


def _right(target: str, choices: list[str], *, where: str) -> int:
    """Which choice is right: the target is its number or, in some tasks, its text."""
    if target in ("0", "1"):
        return int(target)
    texts = [each.strip() for each in choices]
    if texts.count(target.strip()) != 1:
        raise InputError(f"target is {target!r}, expected 0, 1 or one of the choices: {where}")
    return texts.index(target.strip())
