import pytest

from components.formats.answers import AnswerRow, read_answers
from components.formats.participants import TrialRow
from components.formats.table import write_rows
from components.runtime.errors import InputError

ROW = AnswerRow(
    pid="BCDFG",
    expertise=30,
    confidence=70,
    click_outside=None,
    chosen="v1",
    rt=60_000,
    abstract_id=4,
    journal_section="human_Brooks",
    click_slider=True,
    recognised=False,
    trial=1,
    trials=2,
    first="v1",
)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "answers-BCDFG.csv"


def test_its_columns_are_those_of_trials_with_the_choice_instead_of_its_correctness():
    both = ["chosen" if name == "correct" else name for name in TrialRow._fields]
    assert list(AnswerRow._fields) == [*both, "trial", "trials", "first"]


def test_answers_are_read_by_their_numbers(file):
    rows = [ROW._replace(trial=2, abstract_id=9), ROW]
    write_rows(file, AnswerRow, rows)
    assert read_answers(file) == rows[::-1]


@pytest.mark.parametrize("column", ["name", "email", "ip", ""])
def test_a_column_that_the_page_does_not_write_is_refused(file, column):
    write_rows(file, AnswerRow, [ROW])
    header, line = file.read_text().splitlines()
    file.write_text(f"\ufeff\n{header},{column}\r\n{line},ada\r\n")
    with pytest.raises(InputError, match=f"column '{column}' in .*: expected the columns that"):
        read_answers(file)


@pytest.mark.parametrize(
    ("second", "words"),
    [
        ({"pid": "QRSTV"}, "pid is 'QRSTV', expected 'BCDFG' as above: .*row 2"),
        ({"trials": 3}, "trials is '3', expected '2' as above: .*row 2"),
        ({"trial": 3}, "trial is 3, expected at most 2: .*row 2"),
        ({"trial": 1}, "trial 1 twice: .*row 2"),
        ({"abstract_id": 4}, "trials 1 and 2 on one case: .*row 2"),
        ({"confidence": 101}, "confidence is '101', expected less than or equal to 100: .*row 2"),
        ({"click_outside": "yes"}, "click_outside is 'yes', expected 'clicked': .*row 2"),
    ],
)
def test_a_bad_row_is_named(file, second, words):
    write_rows(file, AnswerRow, [ROW, ROW._replace(**{"trial": 2, "abstract_id": 9, **second})])
    with pytest.raises(InputError, match=words):
        read_answers(file)
