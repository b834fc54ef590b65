import pytest

from components.formats.participants import Trial, read_trials
from components.formats.cases import read_cases
from components.runtime.errors import InputError

HEADER = "pid,expertise,confidence,correct,abstract_id,journal_section\n"
GOOD = b"1,20,30,1,4.0,human_A\n"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "participants.csv"


def test_the_published_experts_were_right_in_641_of_1011_human_made_trials(reference):
    trials = read_trials(reference / "humans" / "participant_data.csv")
    human = [trial.correct for trial in trials if trial.author == "human"]
    assert (sum(human), len(human)) == (641, 1011)
    assert sum(trial.author == "machine" for trial in trials) == 503
    assert len({trial.participant for trial in trials}) == 171


def test_every_published_human_made_trial_is_on_a_published_case_of_its_section(reference):
    cases = read_cases(reference / "brainbench" / "BrainBench_Human_v0.1.csv")
    trials = read_trials(reference / "humans" / "participant_data.csv", cases={"human": cases})
    assert {trial.case for trial in trials if trial.author == "human"} == set(range(200))


def test_more_columns_and_their_empty_values_change_nothing(file):
    file.write_text(
        "click_outside,pid,rt,journal_section,correct,abstract_id,confidence,expertise\n"
        ",1,5,human_A,1,4.0,30,20\nclicked,1,,human_B_C,0,7,31.5,21\n",
        encoding="utf-8",
    )
    assert read_trials(file) == [
        Trial("1", "human", "A", 3, 20.0, 30.0, correct=True),
        Trial("1", "human", "B_C", 6, 21.0, 31.5, correct=False),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column pid, expertise, confidence, correct, abstract_id, journal_section in"),
        (b"pid,journal_section,correct,abstract_id,confidence\n", "no column expertise in"),
        (HEADER.encode(), "no row in"),
        (HEADER.encode() + GOOD + b"1,2,3,yes,4,human_A\n", "correct is 'yes', expected 1 or 0"),
        (HEADER.encode() + GOOD + b"1,2,3,yes,4,human_A\n", "row 2"),
        (HEADER.encode() + b"1,2,3,1,4\n", "empty journal_section"),
        (HEADER.encode() + b"1,2,3,1,4,Brooks\n", "journal_section is 'Brooks'"),
        (HEADER.encode() + b"1,2,3,1,4,machine_A\n", "no trial on a human-made case"),
        (HEADER.encode() + b"1,,3,1,4,human_A\n", "empty expertise"),
        (HEADER.encode() + b"1,2,nan,1,4,human_A\n", "confidence is 'nan', expected a number"),
        (HEADER.encode() + b"1,2,3,1,0,human_A\n", "abstract_id is '0', expected a whole number"),
        (HEADER.encode() + b"1,2,3,1,1.5,human_A\n", "abstract_id is '1.5', expected a whole"),
        (HEADER.encode() + GOOD + b"\xff,2,3,1,4,human_A\n", "byte 0xff"),
        (HEADER.encode() + GOOD + b"\xff,2,3,1,4,human_A\n", "line 3"),
        (HEADER.encode() + b'1,"2,3,1,4,human_A\n', "not CSV"),
    ],
)
def test_a_bad_file_is_named_with_what_is_wrong(file, content, words):
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_trials(file)
    assert words in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,2,3,1,3,human_Brooks", "abstract_id is 3, expected one of 2 human-made cases"),
        ("1,2,3,1,2,human_Rivers", "'human_Rivers', expected that of the case, 'human_Brooks'"),
    ],
)
def test_a_trial_on_no_case_of_the_benchmark_is_named(inputs, file, row, words):
    cases = {"human": read_cases(inputs / "brainbench" / "human.csv")[:2]}
    file.write_text(f"{HEADER}1,2,3,1,1,human_Brooks\n{row}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_trials(file, cases=cases)
    assert words in str(caught.value)
    assert f"{file}, row 2" in str(caught.value)


def test_a_missing_file_is_named(file):
    with pytest.raises(InputError, match=str(file)):
        read_trials(file)
