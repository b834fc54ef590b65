"""Audit of a benchmark: `cues.csv`, `words.csv` and `metrics.json`."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import NonNegativeInt

from components.formats.cases import Author
from components.formats.json_file import Number
from components.formats.statistics import SIGNIFICANCE, Estimate
from components.formats.table import read_rows, write_rows
from components.runtime.atomic import write_json

CUES, WORDS, METRICS = "cues.csv", "words.csv", "metrics.json"


class Cue(NamedTuple):
    """How many cases a cue solves; one row of `cues.csv`."""

    author: Author
    cue: str  # what the choice rests on
    accuracy: Number  # share of right choices, from 0 to 1; an undecided case counts half
    accuracy_low: Number | None  # lower end of its 95 % interval; None for too few cases
    accuracy_high: Number | None
    undecided: NonNegativeInt  # cases on which the cue says nothing
    num_cases: NonNegativeInt
    p: Number | None  # of no information in the cue; None for too few cases
    holm_p: Number | None  # the same, adjusted for the number of cues

    @property
    def estimate(self) -> Estimate:
        """The accuracy with its interval."""
        if self.accuracy_low is None or self.accuracy_high is None:
            return Estimate(self.accuracy)
        return Estimate(self.accuracy, (self.accuracy_low, self.accuracy_high))

    @property
    def gives_away(self) -> bool:
        """Whether the cue is shown to solve cases: adjusted p below 5 %."""
        return self.holm_p is not None and self.holm_p < SIGNIFICANCE


class TellingWord(NamedTuple):
    """A word or two by which versions are told apart; one row of `words.csv`."""

    author: Author
    cue: str  # what the choice rests on: single or neighbouring words
    words: str
    weight: float  # in the classifier of all cases; above 0 speaks for the original
    more_in_original: NonNegativeInt  # cases whose original has it more often
    more_in_altered: NonNegativeInt  # the other way round


def write_audit(folder: Path, cues: Sequence[Cue], words: Sequence[TellingWord]) -> None:
    """Writes the audit of every author's cases, with the accuracies in `metrics.json`."""
    write_rows(folder / CUES, Cue, cues)
    write_rows(folder / WORDS, TellingWord, words)
    metrics: dict[Author, dict[str, float]] = {}
    for each in cues:
        metrics.setdefault(each.author, {})[each.cue] = each.accuracy
    write_json(folder / METRICS, metrics)


def read_cues(folder: Path) -> list[Cue]:
    """The cues in a folder that the audit stage wrote."""
    return read_rows(folder / CUES, Cue)


def read_telling_words(folder: Path) -> list[TellingWord]:
    """The words, likewise; none where the versions differ in no word."""
    return read_rows(folder / WORDS, TellingWord, may_be_empty=True)
