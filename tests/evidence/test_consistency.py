import numpy as np
import pytest

from components.evidence.consistency import check_perplexities
from components.runtime.errors import InputError
from tests.case_readings import make_case, read_words

CASE = make_case("A brook ", ("rose", "fell"), ".")
READINGS = [
    read_words(CASE, (-1.5, -0.5), (-2.5, -1.5)),
    read_words(CASE, (-2.0,), (-1.0,), number=1),
    read_words(CASE, author="machine"),
]


def perplexities(**changes):
    values = {"human": [[1, 2], [2, 1]], "machine": [[1, 2]]} | changes
    return {author: np.exp(each) for author, each in values.items()}


def test_readings_that_give_the_perplexities_are_taken():
    check_perplexities(READINGS, perplexities(), file="tokens.jsonl")


def test_readings_of_another_run_are_refused():
    words = r"perplexity of 2.71828 of human-made case 1 in tokens.jsonl: expected 3.00417"
    with pytest.raises(InputError, match=words):
        check_perplexities(READINGS, perplexities(human=[[1, 2], [2, 1.1]]), file="tokens.jsonl")


def test_readings_of_other_authors_are_refused():
    values = perplexities()
    del values["machine"]
    with pytest.raises(InputError, match="human and machine-made cases in .*: expected human-made"):
        check_perplexities(READINGS, values, file="tokens.jsonl")
