"""Evidence as data: pieces and balances of all cases, and those in which variants disagree."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from components.figures.evidence.disagreement import Place
from components.figures.evidence.pieces import Piece
from components.figures.evidence.study import Evidence, Readings, all_pieces
from components.formats.cases import Case

PIECES = (
    "variant",
    "author",
    "case",
    "piece",
    "kind",
    "original",
    "altered",
    "original_tokens",
    "altered_tokens",
    "original_log_probability",
    "altered_log_probability",
    "difference",
)
BALANCES = (
    "variant",
    "author",
    "case",
    "original_tokens",
    "altered_tokens",
    "before",
    "choices",
    "after",
    "total",
    "original_mean",
    "altered_mean",
)


def write_evidence(
    folder: Path,
    evidence: Evidence,
    readings: Mapping[str, Readings],
    *,
    cases: Mapping[str, Sequence[Case]],
) -> None:
    """Writes `disagreement.csv`, `balances.csv` and the pieces, `pieces/<variant>.csv`.

    Args:
        folder: Where they are written; it exists.
        evidence: Of the study.
        readings: By variant, of those whose tokens are known.
        cases: The benchmark's cases by who made them.
    """
    write_disagreement(folder / "disagreement.csv", evidence, cases=cases)
    write_balances(folder / "balances.csv", evidence)
    (folder / "pieces").mkdir()
    for variant, some in readings.items():
        file = folder / "pieces" / f"{variant}.csv"
        write_pieces(file, all_pieces(some, cases=cases), variant=variant)


def write_pieces(
    file: Path, rows: Iterable[tuple[Place, Sequence[Piece]]], *, variant: str
) -> None:
    """Writes the pieces of a variant's cases, one a row, in nats with six decimals.

    Args:
        file: Where the CSV file is written.
        rows: Cases with their pieces.
        variant: Whose they are.
    """
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(PIECES)
        for (author, case), some in rows:
            for number, piece in enumerate(some):
                values = (*piece.log_probabilities, piece.difference)
                writer.writerow(
                    [variant, author, case, number, piece.kind, *piece.texts, *piece.num_tokens]
                    + [f"{value:z.6f}" for value in values]
                )


def write_balances(file: Path, evidence: Evidence) -> None:
    """Writes what the pieces of each case add up to, in nats with six decimals.

    Args:
        file: Where the CSV file is written.
        evidence: Of the study.
    """
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(BALANCES)
        for variant, balances in evidence.balances.items():
            for (author, case), each in balances.items():
                values = (each.before, each.choices, each.after, each.total, *each.means)
                writer.writerow(
                    [variant, author, case, *each.num_tokens]
                    + [f"{value:z.6f}" for value in values]
                )


def write_disagreement(
    file: Path, evidence: Evidence, *, cases: Mapping[str, Sequence[Case]]
) -> None:
    """Writes the cases in which some variants are right and some wrong, 1 for right.

    Args:
        file: Where the CSV file is written.
        evidence: Of the study.
        cases: The benchmark's cases by who made them.
    """
    split = {
        place: each.right
        for each in evidence.patterns
        if not each.unanimous
        for place in each.cases
    }
    order = [(author, number) for author, made in cases.items() for number in range(len(made))]
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["author", "case", "doi", "num_right", *evidence.variants])
        for author, number in order:
            if right := split.get((author, number)):
                doi = cases[author][number].doi
                writer.writerow([author, number, doi, sum(right), *map(int, right)])
