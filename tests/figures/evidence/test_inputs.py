import json

import numpy as np
import pytest

from components.figures.evidence.inputs import outcomes, read_all_readings
from components.formats.scores import Perplexities, ScoringRecord, VariantScores
from components.runtime.errors import InputError


@pytest.fixture
def cases(case_of):
    case = case_of("A brook ", ("rose", "fell"), ".")
    return {"human": [case, case], "machine": [case]}


def score(name, protocol="corrected", authors=("human", "machine")):
    """Perplexities e and e² of every case, and the other way round of the second."""
    values = np.exp([[1.0, 2.0], [2.0, 1.0]])
    contexts = {
        author: Perplexities(values[:count], np.arange(count))
        for author, count in zip(authors, (2, 1), strict=False)
    }
    return VariantScores(name, {"full": contexts}, (), ScoringRecord(protocol))


def write_tokens(folder, name, *, values=((1, 2), (2, 1)), end=13):
    (folder / name).mkdir(parents=True)
    lines = []
    for author, number in (("human", 0), ("human", 1), ("machine", 0)):
        line = {"author": author, "case": number}
        for version, value in zip(("original", "altered"), values[number], strict=True):
            spans = {"starts": [1, 7, 12], "ends": [7, 12, end]}
            line[version] = spans | {"log_probabilities": [-value - 0.5, -value, -value + 0.5]}
        lines.append(json.dumps(line) + "\n")
    (folder / name / "tokens.jsonl").write_text("".join(lines), encoding="utf-8")


def test_the_outcomes_are_the_lower_perplexities():
    found = outcomes([score("a")])
    assert found == {"a": {"human": [True, False], "machine": [True]}}


def test_variants_whose_tokens_are_recorded_are_read(tmp_path, cases):
    write_tokens(tmp_path, "b")
    found = read_all_readings(tmp_path, [score("a"), score("b")], cases=cases)
    assert list(found) == ["b"]
    assert [len(each) for each in found["b"].values()] == [2, 1]


def test_tokens_of_another_run_are_refused(tmp_path, cases):
    write_tokens(tmp_path, "a", values=((1, 2), (2, 1.1)))
    words = r"perplexity of 3.00417 of human-made case 1 in .*tokens.jsonl: expected 2.71828"
    with pytest.raises(InputError, match=words):
        read_all_readings(tmp_path, [score("a")], cases=cases)


def test_tokens_of_other_authors_are_refused(tmp_path, cases):
    write_tokens(tmp_path, "a")
    with pytest.raises(InputError, match="human and machine-made cases in .*: expected human-made"):
        read_all_readings(tmp_path, [score("a", authors=("human",))], cases=cases)


def test_only_the_faithful_protocol_may_read_other_texts(tmp_path, cases):
    write_tokens(tmp_path, "a", end=14)
    found = read_all_readings(tmp_path, [score("a", "faithful")], cases=cases)
    assert not found["a"]["human"][0].fits
    with pytest.raises(InputError, match=r"original\.ends up to 14"):
        read_all_readings(tmp_path, [score("a")], cases=cases)
