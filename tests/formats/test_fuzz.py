"""Generated files of participants' answers."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.formats.answers import AnswerRow, read_answers
from components.formats.participants import read_trials, write_trials
from components.formats.table import write_rows
from components.runtime.errors import InputError
from tests.formats.test_answers import ROW
from tests.fuzz import damaged_bytes
from tests.made_up_study import trial

ROWS = [
    trial(9940143, 1, 15, correct=True, case=34)._replace(pid="9940143.0", abstract_id="34.0"),
    trial(9940143, 55, 58.5, correct=False, case=151, author="machine")._replace(rt=None),
    trial(2, 100, 100, correct=True, case=1)._replace(click_outside="clicked"),
]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz") / "participant_data.csv"


@given(data=st.data())
def test_any_trials_are_what_their_columns_say_or_refused(file, data):
    write_trials(file, ROWS)
    damaged = data.draw(damaged_bytes(file.read_bytes()))
    file.write_bytes(damaged)
    try:
        trials = read_trials(file)
    except InputError as error:
        assert str(file) in str(error)  # noqa: PT017
        return
    text = damaged.decode("utf-8-sig").lstrip("\r\n")
    rows = csv.DictReader(io.StringIO(text, newline=""))
    not_blank = [row for row in rows if any(str(each or "").strip() for each in row.values())]
    for each, row in zip(trials, not_blank, strict=True):
        assert f"{each.author}_{each.section}" == row["journal_section"]
        assert each.correct == float(row["correct"])
        assert 0 <= each.confidence == float(row["confidence"]) <= 100
        assert each.case + 1 == float(row["abstract_id"])


@given(data=st.data())
def test_any_answers_are_of_one_expert_or_refused(file, data):
    write_rows(file, AnswerRow, [ROW, ROW._replace(trial=2, abstract_id=9)])
    file.write_bytes(data.draw(damaged_bytes(file.read_bytes())))
    try:
        rows = read_answers(file)
    except InputError as error:
        assert str(file) in str(error)  # noqa: PT017
        return
    assert len({row.pid for row in rows}) == 1
    assert len({row.trial for row in rows} & set(range(1, rows[0].trials + 1))) == len(rows)
    lines = file.read_bytes().decode("utf-8-sig").split("\n")
    assert any(set(line.strip("\r").split(",")) == set(AnswerRow._fields) for line in lines)
