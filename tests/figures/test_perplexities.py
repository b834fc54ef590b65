import numpy as np
import pytest

from components.formats.scores import read_perplexities
from components.formats.cases import read_benchmark
from components.runtime.errors import InputError


@pytest.fixture
def cases(inputs):
    return read_benchmark(inputs / "brainbench")


@pytest.fixture
def place(inputs):
    return inputs / "scores" / "tiny-field"


def test_rows_are_read_in_the_order_of_the_cases(place, cases):
    lines = (place / "full.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (place / "turned.csv").write_text("".join([lines[0], *lines[:0:-1]]), encoding="utf-8")
    both = [read_perplexities(place / f"{name}.csv", cases=cases) for name in ("full", "turned")]
    for author in cases:
        assert np.array_equal(both[0][author].values, both[1][author].values)
        assert both[0][author].cases.tolist() == list(range(len(cases[author])))
        assert both[0][author].correct.all()


def test_sentences_keep_their_case(place, cases):
    found = read_perplexities(place / "isolated.csv", cases=cases, sentences=True)
    assert found["machine"].cases.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert found["machine"].values.shape == (8, 2)


def test_authors_that_were_not_scored_are_left_out(place, cases):
    file = place / "full.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if "machine" not in line), encoding="utf-8")
    assert list(read_perplexities(file, cases=cases)) == ["human"]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("2.0,3.0,30,31,1", "2.0,3.0,30,31,0", "correct is not what the perplexities say"),
        ("2.0,3.0,30,31,1", "-2.0,3.0,30,31,1", "a perplexity of -2.0, expected above 0"),
        ("2.0,3.0,30,31,1", "2.0,inf,30,31,1", "altered_perplexity is 'inf'"),
    ],
)
def test_a_bad_perplexity_is_named(place, cases, old, new, words):
    file = place / "full.csv"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        read_perplexities(file, cases=cases)
    assert f"{file}, row 1" in str(caught.value)
