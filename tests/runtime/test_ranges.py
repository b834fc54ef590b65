import math

import pytest

from components.runtime.errors import InputError
from components.runtime.ranges import check_count, check_range, check_seed


def test_a_number_is_within_its_range_and_finite():
    for value in (0, 0.5, 1):
        check_range("share", value, at_least=0, at_most=1)
    check_range("threshold", 1e300, at_least=0)
    for value in (-1e-9, 1.0000001, math.inf, -math.inf, math.nan):
        with pytest.raises(InputError, match=f"share {value}: expected 0 to 1"):
            check_range("share", value, at_least=0, at_most=1)
        with pytest.raises(InputError, match="expected at least 0 and less than 1"):
            check_range("share", value, at_least=0, below=1)
    with pytest.raises(InputError, match="threshold inf: expected at least 0 and finite"):
        check_range("threshold", math.inf, at_least=0)


def test_counts_and_seeds_are_those_that_every_library_takes():
    check_count("epochs", 2**31 - 1)
    check_seed(2**32 - 1)
    with pytest.raises(InputError, match="epochs 0: expected 1 to 2,147,483,647"):
        check_count("epochs", 0)
    with pytest.raises(InputError, match="seed 4294967296: expected 0 to 4,294,967,295"):
        check_seed(2**32)
