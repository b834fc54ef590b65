"""Ranges of numbers that a stage's flags and `params.yaml` have in common."""

import math

from components.runtime.errors import InputError

LARGEST_COUNT = 2**31 - 1
LARGEST_SEED = 2**32 - 1  # of NumPy's RandomState


def check_range(
    name: str,
    value: float,
    *,
    at_least: float,
    at_most: float = math.inf,
    below: float = math.inf,
) -> None:
    """Checks that a number is finite and lies in a range.

    Raises:
        InputError: It does not; the line has the number's name.
    """
    if at_least <= value <= at_most and value < below:
        return
    expected = f"{at_least:,} to {at_most:,}"
    if at_most == math.inf:
        end = f"less than {below:,}" if below < math.inf else "finite"
        expected = f"at least {at_least:,} and {end}"
    raise InputError(f"{name} {value}: expected {expected}")


def check_count(name: str, value: int, *, at_least: int = 1, at_most: int = LARGEST_COUNT) -> None:
    """Checks the range of a count; errors as of `check_range`."""
    check_range(name, value, at_least=at_least, at_most=at_most)


def check_seed(seed: int) -> None:
    """Checks the range of a random seed; errors as of `check_range`."""
    check_range("seed", seed, at_least=0, at_most=LARGEST_SEED)
