import pytest

from components.errors import InputError
from components.figures.accuracy import Accuracy
from components.figures.participants import read_experts

HEADER = "pid,journal_section,correct\n"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "participants.csv"


def test_the_published_experts_were_right_in_641_of_1011_human_made_trials(reference):
    experts = read_experts(reference / "humans" / "participant_data.csv")
    assert experts.accuracy["human"] == Accuracy(641, 1011)
    assert round(experts.accuracy["human"].share, 3) == 0.634
    assert experts.accuracy["machine"].total == 503
    assert experts.num_participants == 171


def test_more_columns_and_their_empty_values_change_nothing(file):
    file.write_text(
        "click_outside,pid,rt,journal_section,correct\n,1,5,human_A,1\nclicked,1,,human_A,0\n",
        encoding="utf-8",
    )
    experts = read_experts(file)
    assert experts.accuracy == {"human": Accuracy(1, 2)}
    assert experts.num_participants == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column pid, journal_section, correct in"),
        (b"pid,journal_section\n1,human_A\n", "no column correct in"),
        (HEADER.encode(), "no row in"),
        (HEADER.encode() + b"1,human_A,1\n1,human_A,yes\n", "correct is 'yes', expected 1 or 0"),
        (HEADER.encode() + b"1,human_A,1\n1,human_A,yes\n", "row 2"),
        (HEADER.encode() + b"1,human_A\n", "empty correct"),
        (HEADER.encode() + b"1,Brooks,1\n", "journal_section is 'Brooks'"),
        (HEADER.encode() + b"1,machine_A,1\n", "no trial on a human-made case"),
        (HEADER.encode() + b"1,human_A,1\n\xff,human_A,1\n", "byte 0xff"),
        (HEADER.encode() + b"1,human_A,1\n\xff,human_A,1\n", "line 3"),
        (HEADER.encode() + b'1,"human_A,1\n', "not CSV"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(file, content, words):
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_experts(file)
    assert words in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_missing_file_is_named(file):
    with pytest.raises(InputError, match=str(file)):
        read_experts(file)
