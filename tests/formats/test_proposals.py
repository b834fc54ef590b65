import json

import pytest

from components.formats.proposals import (
    AbstractRecord,
    ReviewRow,
    read_abstracts,
    read_review,
    write_abstracts,
)
from components.formats.table import write_rows
from components.runtime.errors import InputError

GOOD = {"doi": "10.1/1", "abstract": "It\n rose.", "published": "2023-05"}
REVIEW = ReviewRow("0123456789ab", "10.1/1", "accept", None, None, "KL")


def write(file, *lines):
    file.write_text("".join(f"{each}\n" for each in lines), encoding="utf-8")
    return file


def test_abstracts_that_are_written_are_read(tmp_path):
    record = AbstractRecord("10.1/1", "It rose.", "2023-05")
    write_abstracts(tmp_path / "a.jsonl", [record])
    assert read_abstracts(tmp_path / "a.jsonl") == [record]
    assert read_abstracts(write(tmp_path / "b.jsonl", json.dumps(GOOD), "")) == [record]
    assert str(record.first_day) == "2023-05-01"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"abstract": "..."}, "empty abstract: .*line 2"),
        ({"doi": ""}, "doi is '', .*line 2"),
        (
            {"published": "May 2023"},
            "published is 'May 2023', expected a date as 2024-05-17.*line 2",
        ),
        ({"published": "2023-13"}, "expected a date.*line 2"),
        ({"published": "2023-05-17xyz"}, "published is '2023-05-17xyz', expected a date.*line 2"),
        ({"abstract": "It rose. "}, "the same abstract as in line 1: .*line 2"),
    ],
)
def test_a_bad_abstract_is_one_line(tmp_path, change, words):
    with pytest.raises(InputError, match=words):
        read_abstracts(write(tmp_path / "a", json.dumps(GOOD), json.dumps(GOOD | change)))


def test_a_file_without_abstracts_is_one_line(tmp_path):
    with pytest.raises(InputError, match="no abstract in"):
        read_abstracts(write(tmp_path / "a", ""))


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([REVIEW, REVIEW], "a second decision on 0123456789ab: .*row 2"),
        ([REVIEW._replace(decision="mend")], "expected a text in incorrect_abstract.*row 1"),
        ([REVIEW._replace(incorrect_abstract="x")], "expected no text in incorrect_abstract"),
    ],
)
def test_a_bad_review_is_one_line(tmp_path, rows, words):
    write_rows(tmp_path / "r.csv", ReviewRow, rows)
    with pytest.raises(InputError, match=words):
        read_review(tmp_path / "r.csv")
