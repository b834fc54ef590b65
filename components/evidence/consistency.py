"""Consistency: token readings are those that gave the perplexities beside them."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from components.formats.cases import Author
from components.formats.readings import CaseReading
from components.runtime.errors import InputError

TOLERANCE = 1e-3  # of a logarithm of perplexity: log-probabilities are written with six decimals


def check_perplexities(
    readings: Sequence[CaseReading],
    perplexities: Mapping[Author, NDArray[np.float64]],
    *,
    file: Path,
) -> None:
    """Checks that a model's token readings give its perplexities of whole abstracts.

    Args:
        readings: In the benchmark's order.
        perplexities: By who made the cases, shape (num_cases, 2): original, altered.
        file: Where the readings come from, for messages.

    Raises:
        InputError: They are of other cases, or give another perplexity.
    """
    authors = list(dict.fromkeys(reading.author for reading in readings))
    if authors != list(perplexities):
        raise InputError(
            f"{' and '.join(authors) or 'no'}-made cases in {file}: expected"
            f" {' and '.join(perplexities)}-made ones, as in full.csv"
        )
    for reading in readings:
        recorded = perplexities[reading.author][reading.case].tolist()
        for version, perplexity in zip(reading.versions, recorded, strict=True):
            values = version.log_probabilities
            found = -math.fsum(values) / len(values)
            if abs(found - math.log(perplexity)) > TOLERANCE:
                raise InputError(
                    f"a perplexity of {math.exp(min(found, 700)):.6g} of {reading.author}-made"
                    f" case {reading.case} in {file}: expected {perplexity:.6g}, as in full.csv"
                )
