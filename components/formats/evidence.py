"""Evidence: where in each case a model prefers the original, and where the variants disagree.

A folder holds `summary.json`, `disagreement.csv`, `balances.csv` and, of each variant whose token
readings are recorded, `pieces/<variant>.csv`. Differences are original minus altered, of natural
logarithms of probabilities, in nats: above 0 they speak for the original.
"""

import csv
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import FiniteFloat, NonNegativeInt

from components.formats.cases import Author, Case
from components.formats.json_file import read_json, write_record
from components.formats.table import read_rows, write_rows
from components.runtime.atomic import written_file

PieceKind = Literal["prompt", "literal", "choice"]
Outcomes = Mapping["Place", Mapping[str, bool]]  # whether each variant is right about each case
DECIMALS = 6  # of nats in CSV files
SUMMARY, DISAGREEMENT, BALANCES = "summary.json", "disagreement.csv", "balances.csv"


class Place(NamedTuple):
    """Where a case stands in the benchmark."""

    author: Author
    case: NonNegativeInt  # its row in the author's file, from 0


@dataclass(frozen=True)
class Pattern:
    """Which variants are right, and in how many cases exactly these are."""

    right: dict[str, bool]  # whether each variant is right, in the order of the study
    num_cases: dict[Author, int]  # in how many cases it is so, by who made them
    first: Place  # the first such case of the benchmark

    @property
    def unanimous(self) -> bool:
        """Whether all variants are right, or all wrong."""
        return len(set(self.right.values())) == 1

    @property
    def total(self) -> int:
        """In how many cases it is so."""
        return sum(self.num_cases.values())


@dataclass(frozen=True)
class Tendency:
    """Preference for the original in a part of the texts."""

    mean: float  # its difference in nats, averaged over cases
    share: float  # of cases in which the difference is above 0


@dataclass(frozen=True)
class VariantSummary:
    """The balances of a variant's cases, averaged."""

    num_cases: int
    num_contradictory: int  # cases whose total prefers one version and whose means the other
    choices: Tendency
    after: Tendency  # the words after the first choice alone
    total: Tendency  # both together: the log-likelihoods
    means: Tendency  # the means per token, which decide


@dataclass(frozen=True)
class EvidenceSummary:
    """Summary of all cases: `summary.json`."""

    patterns: list[Pattern]  # which variants are right where, the most even split first
    variants: dict[str, VariantSummary]  # with token readings that fit a case
    # Cases that a variant's protocol reads otherwise than they are written, by variant whose token
    # readings are recorded
    num_misfits: dict[str, int]


class CasePiece(NamedTuple):
    """A part of a case with the tokens of a variant that lie in it; one row of `pieces/`."""

    variant: str
    author: Author
    case: NonNegativeInt  # its row in the author's file, from 0
    piece: NonNegativeInt  # number of the piece in the case, from 0
    kind: PieceKind  # `choice`, `literal` for a word of the text around the choices, or `prompt`
    original: str  # its text, space around it included
    altered: str
    original_tokens: NonNegativeInt  # scored
    altered_tokens: NonNegativeInt
    original_log_probability: FiniteFloat  # sum over these, in nats; 0 without tokens
    altered_log_probability: FiniteFloat
    difference: FiniteFloat


class CaseBalance(NamedTuple):
    """Sums over the pieces of a case; one row of `balances.csv`.

    `before`, `choices` and `after` add up to `total`. Perplexity compares means per token instead:
    where the numbers of tokens differ, it may prefer the version that the total speaks against.
    """

    variant: str
    author: Author
    case: NonNegativeInt  # its row in the author's file, from 0
    original_tokens: NonNegativeInt  # scored
    altered_tokens: NonNegativeInt
    before: FiniteFloat  # the first choice, where both versions read the same
    choices: FiniteFloat
    after: FiniteFloat  # in the shared words after the first choice
    total: FiniteFloat  # difference of the two texts' log-likelihoods
    original_mean: FiniteFloat  # log-probability per token, in nats
    altered_mean: FiniteFloat

    @property
    def length(self) -> float:
        """What of `total` is due to the numbers of tokens, in nats.

        The rest is the difference of the means times the mean number of tokens, so that total =
        length + (original_mean - altered_mean) * mean number of tokens.
        """
        longer = self.original_tokens - self.altered_tokens
        return longer * (self.original_mean + self.altered_mean) / 2

    @property
    def contradictory(self) -> bool:
        """Whether the total prefers one version and the means per token the other."""
        return (self.total > 0) != (self.original_mean > self.altered_mean)


def write_summary(folder: Path, summary: EvidenceSummary) -> None:
    """Writes `summary.json` in a folder of evidence."""
    write_record(folder / SUMMARY, summary)


def read_summary(folder: Path) -> EvidenceSummary:
    """The summary of all cases."""
    return read_json(folder / SUMMARY, EvidenceSummary)


def write_disagreement(
    folder: Path,
    outcomes: Outcomes,
    *,
    variants: Collection[str],
    cases: Mapping[Author, Sequence[Case]],
) -> None:
    """Writes `disagreement.csv`: these cases, with 1 for each variant that is right."""
    file = folder / DISAGREEMENT
    with written_file(file) as partial, partial.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["author", "case", "doi", "num_right", *variants])
        for (author, number), right in outcomes.items():
            flags = [int(right[variant]) for variant in variants]
            writer.writerow([author, number, cases[author][number].doi, sum(flags), *flags])


def write_balances(folder: Path, balances: Iterable[CaseBalance]) -> None:
    """Writes `balances.csv` in a folder of evidence, nats with six decimals."""
    write_rows(folder / BALANCES, CaseBalance, balances, decimals=DECIMALS)


def read_balances(folder: Path) -> list[CaseBalance]:
    """The balances of all variants."""
    return read_rows(folder / BALANCES, CaseBalance, may_be_empty=True)


def write_pieces(folder: Path, pieces: Iterable[CasePiece], *, variant: str) -> None:
    """Writes `pieces/<variant>.csv` in a folder of evidence, nats with six decimals."""
    write_rows(_pieces_file(folder, variant), CasePiece, pieces, decimals=DECIMALS)


def read_pieces(
    folder: Path, variant: str, *, places: Collection[tuple[str, int]]
) -> dict[Place, list[CasePiece]]:
    """The pieces of some cases, in reading order, without cases that the readings do not fit."""
    wanted = {(author, str(case)) for author, case in places}
    rows = read_rows(
        _pieces_file(folder, variant),
        CasePiece,
        may_be_empty=True,
        verbatim=("original", "altered"),
        keep=lambda line: (line.get("author"), line.get("case")) in wanted,
    )
    found: dict[Place, list[CasePiece]] = {}
    for row in rows:
        found.setdefault(Place(row.author, row.case), []).append(row)
    return found


def _pieces_file(folder: Path, variant: str) -> Path:
    return folder / "pieces" / f"{variant}.csv"
