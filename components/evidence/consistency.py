"""Consistency: token readings are those that gave the perplexities beside them."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from components.formats.cases import Author
from components.formats.readings import CaseReading
from components.formats.scores import Score
from components.runtime.errors import InputError

TOLERANCE = 1e-3  # of a logarithm of perplexity: log-probabilities are written with six decimals


def check_perplexities(
    readings: Sequence[CaseReading],
    scores: Mapping[Author, Sequence[Score]],
    *,
    file: Path,
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
        raise InputError(
            f"{' and '.join(authors) or 'no'}-made cases in {file}: expected"
            f" {' and '.join(scores)}-made ones, as in full.csv"
        )
    for reading in readings:
        score = scores[reading.author][reading.case]
        recorded = (score.original_perplexity, score.altered_perplexity)
        for version, perplexity in zip(reading.versions, recorded, strict=True):
            values = version.log_probabilities
            found = -math.fsum(values) / len(values)
            if abs(found - math.log(perplexity)) > TOLERANCE:
                raise InputError(
                    f"a perplexity of {math.exp(min(found, 700)):.6g} of {reading.author}-made"
                    f" case {reading.case} in {file}: expected {perplexity:.6g}, as in full.csv"
                )
