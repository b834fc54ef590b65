"""The evidence stage."""

import itertools
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from components.evidence.outcomes import disagreements, outcomes, patterns
from components.evidence.pieces import balance, pieces, summarize
from components.formats.cases import Author, Case, read_benchmark
from components.formats.evidence import (
    EvidenceSummary,
    Outcomes,
    write_balances,
    write_disagreement,
    write_pieces,
    write_summary,
)
from components.formats.params import read_params
from components.formats.readings import READINGS_FILE, CaseReading, read_readings
from components.formats.scores import Score, read_all_scores
from components.runtime.atomic import written_folder
from components.runtime.errors import InputError

TOLERANCE = 1e-3  # of a logarithm of perplexity: log-probabilities are written with six decimals


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
    readings = {}
    for each in recorded:
        file, faithful = scores / each.name / READINGS_FILE, each.record.protocol == "faithful"
        if file.is_file():  # imported results have none
            found = read_readings(file, cases=benchmark, faithful=faithful)
            check_perplexities(found, each.contexts["full"], file=file)
            readings[each.name] = found
    right = outcomes(recorded)
    with written_folder(evidence) as folder:
        write_evidence(folder, right, readings, cases=benchmark)
    print(f"variants disagree in {len(disagreements(right))} of {len(right)} cases")  # noqa: T201


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
        readings: By variant, of those whose token readings are recorded; cases that a reading
            does not fit are left out.
        cases: The benchmark's cases by who made them.
    """
    balances = {}
    for variant, some in readings.items():
        pairs = [(cases[each.author][each.case], each) for each in some]
        found = [pieces(*pair, variant=variant) for pair in pairs if pair[1].fits(pair[0])]
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


def check_perplexities(
    readings: Sequence[CaseReading], scores: Mapping[Author, Sequence[Score]], *, file: Path
) -> None:
    """Checks that a model's token readings give its perplexities of whole abstracts.

    Args:
        readings: In the benchmark's order.
        scores: Of whole abstracts, by who made the cases.
        file: Where the readings come from, for messages.

    Raises:
        InputError: They are of other cases, or give another perplexity.
    """
    authors = list(dict.fromkeys(reading.author for reading in readings))
    if authors != list(scores):
        found = f"{' and '.join(authors) or 'no'}-made cases in {file}"
        raise InputError(f"{found}: expected {' and '.join(scores)}-made ones, as in full.csv")
    for reading in readings:
        score = scores[reading.author][reading.case]
        recorded = (score.original_perplexity, score.altered_perplexity)
        for version, perplexity in zip(reading.versions, recorded, strict=True):
            values = version.log_probabilities
            loss = -math.fsum(values) / len(values)
            if abs(loss - math.log(perplexity)) > TOLERANCE:
                found = f"a perplexity of {math.exp(min(loss, 700)):.6g}"
                where = f"{reading.author}-made case {reading.case} in {file}"
                raise InputError(f"{found} of {where}: expected {perplexity:.6g}, as in full.csv")
