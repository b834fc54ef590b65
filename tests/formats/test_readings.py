import dataclasses

import pytest

from components.formats.cases import Case, Choice
from components.formats.readings import CaseReading, VersionReading, read_readings, write_readings
from components.runtime.errors import InputError

VERSION = VersionReading([1, 7, 12], [7, 12, 13], [-1.0, -2.5, -0.25])


@pytest.fixture(scope="module")
def cases():
    case = Case(
        "10.1/x", "Brooks", ("A brook ", "."), ("[[rose, fell]]",), (Choice("rose", "fell"),)
    )
    return {"human": [case, case], "machine": [case]}


def reading(case=0, author="human", **changes):
    return CaseReading(author, case, VERSION, dataclasses.replace(VERSION, **changes))


def test_what_is_written_is_read(tmp_path, cases):
    prompt = VersionReading([0, 0, 1, 7], [0, 1, 7, 13], [-0.5, -1.0, -2.0, -0.123456])
    readings = [reading(), CaseReading("human", 1, prompt, VERSION), reading(author="machine")]
    write_readings(tmp_path / "tokens.jsonl", readings)
    assert read_readings(tmp_path / "tokens.jsonl", cases=cases, faithful=False) == readings


def test_they_come_in_the_benchmarks_order_with_six_decimals(tmp_path, cases):
    exact = reading(author="machine", log_probabilities=[-0.12345678, -1e-9, -3])
    write_readings(tmp_path / "t", [exact, reading(1), reading(0)])
    found = read_readings(tmp_path / "t", cases=cases, faithful=False)
    assert [(each.author, each.case) for each in found] == [
        *(("human", 0), ("human", 1)),
        ("machine", 0),
    ]
    assert found[2].altered.log_probabilities == [-0.123457, 0, -3]


def test_one_author_may_be_left_out(tmp_path, cases):
    write_readings(tmp_path / "t", [reading(author="machine")])
    assert len(read_readings(tmp_path / "t", cases=cases, faithful=False)) == 1


@pytest.mark.parametrize(
    ("readings", "words"),
    [
        ([reading(author="person")], "author is 'person'"),
        ([reading(2)], "no human-made case 2 in the benchmark"),
        ([reading(-1)], "no human-made case -1 in the benchmark"),
        ([reading(), reading()], "human-made case 0 a second time"),
        ([reading()], "1 human-made cases"),
        ([], "0 human-made cases"),
        ([reading(ends=None)], "altered.ends"),
        ([reading(starts=[])], "altered has 0 starts"),
        ([reading(starts=[1, 7.5, 12])], "altered.starts.1"),
        ([reading(starts=[1, 7])], "2 starts, 3 ends, 3 log_probabilities"),
        ([reading(starts=[1, 8, 7])], "out of order"),
        ([reading(starts=[-1, 7, 12])], "altered.starts.0 is -1"),
        ([reading(starts=[1, 7, 14])], "out of order"),
        ([reading(ends=[7, 12, 14])], "altered.ends up to 14"),
        ([reading(ends=[7, 12, 12])], "altered.ends up to 12"),
        ([reading(log_probabilities=[-1, float("nan"), -1])], "log_probabilities.1 is nan"),
        ([reading(log_probabilities=[-1, float("-inf"), -1])], "log_probabilities.1 is -inf"),
    ],
)
def test_bad_readings_are_named_in_one_line(tmp_path, cases, readings, words):
    file = tmp_path / "tokens.jsonl"
    write_readings(file, readings)
    with pytest.raises(InputError) as caught:
        read_readings(file, cases=cases, faithful=False)
    assert words in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_only_the_faithful_protocol_may_read_other_texts(tmp_path, cases):
    readings = [reading(), reading(1, ends=[7, 12, 14])]
    write_readings(tmp_path / "t", readings)
    found = read_readings(tmp_path / "t", cases=cases, faithful=True)
    fits = [each.fits(case) for each, case in zip(found, cases["human"], strict=True)]
    assert fits == [True, False]
