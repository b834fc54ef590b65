import json

import numpy as np
import pytest

from components.brainbench.protocol import Encoding
from components.brainbench.scores import Evidence, write_evidence
from components.figures.evidence.tokens import read_readings
from components.runtime.errors import InputError


@pytest.fixture
def cases(case_of):
    return {"human": [case_of("A brook ", ("rose", "fell"), ".", number=n) for n in range(2)]}


def line(number=0, author="human", **changes):
    version = {"starts": [1, 7, 12], "ends": [7, 12, 13], "log_probabilities": [-1, -2.5, -0.25]}
    value = {"author": author, "case": number, "original": version, "altered": version | changes}
    return {key: each for key, each in value.items() if each is not None}


def write(file, lines):
    text = "".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in lines)
    file.write_text(text, encoding="utf-8")
    return file


def test_what_scoring_writes_is_read(tmp_path, cases):
    spans = np.array([[-9, -1], [-1, 1], [1, 7], [7, 12], [12, 13]])
    encoding = Encoding([1, 2, 3, 4, 5], spans, np.array([False, True, True, True, True]))
    values = [np.array([np.nan, -1, -2, -3, n], dtype=np.float32) for n in (-4, -5)]
    file = tmp_path / "tokens.jsonl"
    evidence = [Evidence("human", n, (encoding, encoding), tuple(values)) for n in (0, 1)]
    write_evidence(file, evidence)
    readings = read_readings(file, cases=cases, faithful=False)["human"]
    assert len(readings) == 2
    assert readings[1].original.starts.tolist() == [0, 1, 7, 12]
    assert readings[1].altered.ends.tolist() == [1, 7, 12, 13]
    assert readings[1].altered.log_probabilities.tolist() == [-1, -2, -3, -5]


def test_readings_come_in_the_cases_order(tmp_path, cases):
    file = write(tmp_path / "t", [line(1, log_probabilities=[-7, -7, -7]), line(0)])
    readings = read_readings(file, cases=cases, faithful=False)["human"]
    assert [each.altered.log_probabilities[0] for each in readings] == [-1, -7]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["{"], "not JSON"),
        (["[]"], "expected names with values"),
        ([line(author="person")], "no person-made case 0 in the benchmark"),
        ([line(2)], "no human-made case 2 in the benchmark"),
        ([line(-1)], "case is -1"),
        ([line(), line()], "human-made case 0 a second time"),
        ([line()], "1 human-made cases"),
        ([], "0 human-made cases"),
        ([line() | {"original": None}], "original is nothing"),
        ([{"author": "human", "case": 0}], "no original"),
        ([line(ends=None)], "altered.ends is no list of numbers"),
        ([line(starts=[])], "altered.starts is no list of numbers"),
        ([line(starts=[1, 7.5, 12])], "altered.starts holds 7.5"),
        ([line(starts=[1, True, 12])], "altered.starts holds True"),
        ([line(starts=[1, 7])], "2 starts, 3 ends, 3 log_probabilities"),
        ([line(starts=[1, 8, 7])], "out of order"),
        ([line(starts=[-1, 7, 12])], "out of order"),
        ([line(starts=[1, 7, 14])], "out of order"),
        ([line(ends=[7, 12, 14])], "altered.ends up to 14"),
        ([line(ends=[7, 12, 12])], "altered.ends up to 12"),
        ([line(log_probabilities=[-1, float("nan"), -1])], "holds nan"),
        ([line(log_probabilities=[-1, float("-inf"), -1])], "holds -inf"),
        ([line(log_probabilities=[-1, "x", -1])], "holds 'x'"),
        ([line(log_probabilities=[-1, None, -1])], "holds None"),
    ],
)
def test_bad_tokens_are_named_in_one_line(tmp_path, cases, lines, words):
    file = write(tmp_path / "tokens.jsonl", lines)
    with pytest.raises(InputError) as caught:
        read_readings(file, cases=cases, faithful=False)
    assert words in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_the_faithful_protocol_reads_otherwise_does_not_fit(tmp_path, cases):
    file = write(tmp_path / "t", [line(), line(1, ends=[7, 12, 14])])
    readings = read_readings(file, cases=cases, faithful=True)["human"]
    assert [each.fits for each in readings] == [True, False]
