"""What the evidence rests on: the outcomes and the tokens of every variant."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from components.figures.evidence.tokens import Reading, read_readings
from components.formats.cases import Case
from components.formats.scores import VariantScores
from components.runtime.errors import InputError

TOKENS = "tokens.jsonl"
TOLERANCE = 1e-3  # of a logarithm of perplexity: log-probabilities are written with six decimals


def outcomes(scores: Sequence[VariantScores]) -> dict[str, dict[str, list[bool]]]:
    """Whether each variant is right about whole abstracts, by who made the cases.

    Args:
        scores: Of every variant.
    """
    return {
        score.name: {
            author: each.correct.tolist() for author, each in score.contexts["full"].items()
        }
        for score in scores
    }


def read_all_readings(
    folder: Path, scores: Sequence[VariantScores], *, cases: Mapping[str, Sequence[Case]]
) -> dict[str, dict[str, list[Reading]]]:
    """The readings of every variant whose tokens are recorded; imported results have none.

    Args:
        folder: Folder of all scores; a variant's lie below its name.
        scores: Of every variant, from there.
        cases: The benchmark's cases by who made them.

    Raises:
        InputError: Tokens are bad, or not those of the variant's perplexities.
    """
    files = {score.name: folder / score.name / TOKENS for score in scores}
    found = {}
    for score in scores:
        file = files[score.name]
        if file.is_file():
            faithful = score.record.protocol == "faithful"
            readings = read_readings(file, cases=cases, faithful=faithful)
            _check_perplexities(readings, score, file=file)
            found[score.name] = readings
    return found


def _check_perplexities(
    readings: Mapping[str, Sequence[Reading]], score: VariantScores, *, file: Path
) -> None:
    if tuple(readings) != score.authors:
        told = f"{' and '.join(readings) or 'no'}-made cases in {file}"
        raise InputError(
            f"{told}: expected {' and '.join(score.authors)}-made ones, as in full.csv"
        )
    for author, each in score.contexts["full"].items():
        for number, (reading, pair) in enumerate(zip(readings[author], each.values, strict=True)):
            for tokens, perplexity in zip((reading.original, reading.altered), pair, strict=True):
                told = -tokens.log_probabilities.mean()
                if abs(told - math.log(perplexity)) > TOLERANCE:
                    raise InputError(
                        f"a perplexity of {math.exp(min(told, 700)):.6g} of {author}-made case"
                        f" {number} in {file}: expected {perplexity:.6g}, as in full.csv"
                    )
