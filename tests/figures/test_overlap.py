import pytest

from components.figures.overlap import read_overlap
from components.formats.cases import read_benchmark
from components.runtime.errors import InputError


def test_it_says_which_cases_are_clean(inputs):
    found = read_overlap(inputs / "overlap", cases=read_benchmark(inputs / "brainbench"))
    assert found.clean["machine"].tolist() == [False, False, True, True]
    assert found.ngram_length == 13


@pytest.mark.parametrize(("old", "new"), [("human.5", "human.9"), ("human,5", "human,4")])
def test_other_cases_are_refused(inputs, old, new):
    file = inputs / "overlap" / "cases.csv"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match="other cases in .*: expected the benchmark's 10"):
        read_overlap(inputs / "overlap", cases=read_benchmark(inputs / "brainbench"))
