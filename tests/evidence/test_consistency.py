import math

import pytest

from components.evidence.consistency import check_perplexities
from components.formats.scores import Score
from components.runtime.errors import InputError
from tests.case_readings import make_case, read_words

CASE = make_case("A brook ", ("rose", "fell"), ".")
READINGS = [
    read_words(CASE, (-1.5, -0.5), (-2.5, -1.5)),
    read_words(CASE, (-2.0,), (-1.0,), number=1),
    read_words(CASE, author="machine"),
]


def scores(*, last=1.0, authors=("human", "machine")):
    """Scores with these logarithms of perplexities, the last human-made one as given."""
    values = {"human": [(1.0, 2.0), (2.0, last)], "machine": [(1.0, 2.0)]}
    return {
        author: [
            Score(author, case, None, "", "", *map(math.exp, pair), None, None, pair[0] < pair[1])
            for case, pair in enumerate(values[author])
        ]
        for author in authors
    }


def test_only_readings_that_give_the_perplexities_of_all_authors_are_taken():
    check_perplexities(READINGS, scores(), file="tokens.jsonl")
    words = r"perplexity of 2.71828 of human-made case 1 in tokens.jsonl: expected 3.00417"
    with pytest.raises(InputError, match=words):
        check_perplexities(READINGS, scores(last=1.1), file="tokens.jsonl")
    with pytest.raises(InputError, match="human and machine-made cases in .*: expected human-made"):
        check_perplexities(READINGS, scores(authors=["human"]), file="tokens.jsonl")
