"""The evidence stage."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from components.evidence.balances import balance, summarize
from components.evidence.consistency import check_perplexities
from components.evidence.disagreement import disagreements, patterns
from components.evidence.pieces import pieces
from components.formats.cases import Author, Case, read_benchmark
from components.formats.evidence import (
    CasePiece,
    EvidenceSummary,
    Outcomes,
    Place,
    write_balances,
    write_disagreement,
    write_pieces,
    write_summary,
)
from components.formats.params import read_params
from components.formats.readings import READINGS_FILE, CaseReading, read_readings
from components.formats.scores import VariantScores, read_all_scores
from components.runtime.atomic import written_folder


def evidence(*, scores: Path, cases: Path, params: Path, evidence: Path) -> None:
    """Finds where in each case a model prefers the original, and where the variants disagree.

    Args:
        scores: Folder with one subfolder of scores per variant; tokens.jsonl in it is optional.
        cases: Folder of the scored cases: human.csv, machine.csv or both.
        params: Path of params.yaml: variants and their order.
        evidence: Output folder of disagreement.csv (cases that only some variants have right),
            balances.csv (preference for the original in the choices and in the words after them),
            pieces/<variant>.csv (preference word by word) and summary.json.

    Raises:
        InputError: An input is missing or bad, or token readings do not give the perplexities
            beside them.
    """
    benchmark = read_benchmark(cases)
    recorded = read_all_scores(scores, read_params(params).variants, cases=benchmark)
    files = {each.name: scores / each.name / READINGS_FILE for each in recorded}
    readings = {
        each.name: _readings(files[each.name], each, cases=benchmark)
        for each in recorded
        if files[each.name].is_file()  # imported results have none
    }
    outcomes = _outcomes(recorded)
    with written_folder(evidence) as folder:
        write_evidence(folder, outcomes, readings, cases=benchmark)
    print(f"variants disagree in {len(disagreements(outcomes))} of {len(outcomes)} cases")  # noqa: T201


def write_evidence(
    folder: Path,
    outcomes: Outcomes,
    readings: Mapping[str, Sequence[CaseReading]],
    *,
    cases: Mapping[Author, Sequence[Case]],
) -> None:
    """Writes all tables of a study's evidence.

    Args:
        folder: Where to write; it exists.
        outcomes: Whether each variant is right about each case, at least one.
        readings: By variant, of those whose token readings are recorded.
        cases: The benchmark's cases by who made them.
    """
    balances = {}
    for variant, some in readings.items():
        found = _fitting_pieces(some, variant=variant, cases=cases)
        write_pieces(folder, itertools.chain(*found), variant=variant)
        balances[variant] = [balance(each) for each in found]
    write_balances(folder, itertools.chain(*balances.values()))
    summary = EvidenceSummary(
        patterns=patterns(outcomes),
        variants={name: summarize(rows) for name, rows in balances.items() if rows},
        num_misfits={name: len(some) - len(balances[name]) for name, some in readings.items()},
    )
    write_summary(folder, summary)
    variants = next(iter(outcomes.values()))
    write_disagreement(folder, disagreements(outcomes), variants=variants, cases=cases)


def _outcomes(scores: Sequence[VariantScores]) -> Outcomes:
    """Whether each variant is right about each case as a whole, in the benchmark's order."""
    correct = {
        each.name: {
            author: [row.correct for row in rows] for author, rows in each.contexts["full"].items()
        }
        for each in scores
    }
    return {
        Place(author, number): {name: right[author][number] for name, right in correct.items()}
        for author, rows in scores[0].contexts["full"].items()
        for number in range(len(rows))
    }


def _readings(
    file: Path, scores: VariantScores, *, cases: Mapping[Author, Sequence[Case]]
) -> list[CaseReading]:
    readings = read_readings(file, cases=cases, faithful=scores.record.protocol == "faithful")
    check_perplexities(readings, scores.contexts["full"], file=file)
    return readings


def _fitting_pieces(
    readings: Sequence[CaseReading], *, variant: str, cases: Mapping[Author, Sequence[Case]]
) -> list[list[CasePiece]]:
    """The pieces of each case whose reading fits it, in the benchmark's order."""
    pairs = [(cases[reading.author][reading.case], reading) for reading in readings]
    return [pieces(case, reading, variant=variant) for case, reading in pairs if reading.fits(case)]
