import pytest

from components.formats.overlap import read_clean, read_ngram_length
from components.runtime.errors import InputError


def test_it_says_which_cases_are_clean(inputs, cases):
    found = read_clean(inputs / "overlap", cases=cases)
    assert found["machine"].tolist() == [False, False, True, True]
    assert read_ngram_length(inputs / "overlap") == 13


@pytest.mark.parametrize(("old", "new"), [("human.5", "human.9"), ("human,5", "human,4")])
def test_other_cases_are_refused(inputs, cases, replace, old, new):
    replace(inputs / "overlap" / "cases.csv", old, new)
    with pytest.raises(InputError, match="other cases in .*: expected the benchmark's 10"):
        read_clean(inputs / "overlap", cases=cases)
