import json

import pytest

from components.dataset.answers import participants
from components.formats.answers import AnswerRow, version_id
from components.formats.cases import read_benchmark
from components.formats.field import Field, write_field
from components.formats.participants import read_trials
from components.formats.table import write_rows
from components.runtime.errors import InputError
from tests.made_up_study import write_benchmark

SLOW = 60_000  # ms


@pytest.fixture
def cases(tmp_path):
    write_benchmark(tmp_path / "cases")
    return read_benchmark(tmp_path / "cases")


@pytest.fixture
def write(tmp_path, cases):
    """Writes an expert's file: right in each of three human-made cases, unless it is changed."""
    (tmp_path / "answers").mkdir()

    def write_file(name, *, pid="BCDFG", rows=3, **changes):
        answers = []
        for number, case in enumerate(cases["human"][:3]):
            row = AnswerRow(
                pid=pid,
                expertise=30,
                confidence=70,
                click_outside=None,
                chosen=version_id(case.original),
                rt=SLOW,
                abstract_id=number + 1,
                journal_section="human_Brooks",
                click_slider=True,
                recognised=False,
                trial=number + 1,
                trials=3,
                first=version_id(case.altered),
            )
            answers.append(row._replace(**{k: v[number] for k, v in changes.items()}))
        write_rows(tmp_path / "answers" / name, AnswerRow, answers[:rows])

    return write_file


@pytest.fixture
def join(tmp_path):
    """Makes trials of the files written and returns them."""

    def run(**changes):
        arguments = {
            "answers": (tmp_path / "answers",),
            "name": "brooks",
            "cases": tmp_path / "cases",
            "data": tmp_path / "data",
        }
        participants(**arguments | changes)
        file = tmp_path / "data" / "participants" / "participant_data.csv"
        return read_trials(file, cases=read_benchmark(tmp_path / "cases"))

    return run


def test_a_choice_is_correct_where_it_names_the_original(write, join, cases):
    altered = version_id(cases["human"][1].altered)
    names = [version_id(case.original) for case in cases["human"][:3]]
    write("a.csv", chosen=[names[0], altered, names[2]], confidence=[0, 50, 100])
    found = join()
    assert [trial.correct for trial in found] == [True, False, True]
    assert [trial.case for trial in found] == [0, 1, 2]
    assert [trial.confidence for trial in found] == [0, 50, 100]
    assert {trial.participant for trial in found} == {"BCDFG"}


def test_an_expert_counts_once_however_many_copies_and_earlier_states_there_are(
    write, join, capsys
):
    write("answers-BCDFG-unfinished.csv", rows=2)
    write("answers-BCDFG.csv")
    write("answers-BCDFG (1).csv")
    write("answers-QRSTV.csv", pid="QRSTV")
    assert len(join()) == 6
    assert "copies and earlier states of a file" + " " * 16 + "2\n" in capsys.readouterr().out


def test_two_experts_with_one_code_are_refused(write, join):
    write("a.csv")
    write("b.csv", confidence=[70, 71, 70])
    with pytest.raises(
        InputError, match=r"^two files of the code BCDFG with different .*a\.csv and .*b\.csv"
    ):
        join()


def test_an_unfinished_file_is_refused_unless_it_is_asked_for(write, join):
    write("a.csv", rows=2)
    with pytest.raises(InputError, match=r"^2 of 3 cases answered: .*a\.csv, expected all of them"):
        join()
    assert len(join(keep_unfinished=True)) == 2


def test_every_file_that_cannot_be_taken_has_its_line_and_nothing_is_written(
    write, join, capsys, tmp_path
):
    write("good.csv", pid="GGGGG")
    before = join()
    write("half.csv", pid="HHHHH", rows=1)
    write("range.csv", pid="RRRRR", expertise=[1, 2, 300])
    write("name.csv", pid="NNNNN")
    file = tmp_path / "answers" / "name.csv"
    file.write_text(file.read_text().replace("pid", "name", 1))
    with pytest.raises(InputError) as last:
        join()
    lines = [*capsys.readouterr().err.splitlines()[-2:], str(last.value)]
    for name in ("half.csv", "range.csv", "name.csv"):
        assert sum(name in line for line in lines) == 1
    assert before == read_trials(tmp_path / "data" / "participants" / "participant_data.csv")
    assert not list(tmp_path.rglob("*.partial"))


def test_a_fast_answer_is_left_out_and_so_is_all_of_a_mostly_fast_expert(write, join, tmp_path):
    write("slow.csv", pid="SSSSS", rt=[SLOW, 4999, 5000])
    write("fast.csv", pid="FFFFF", rt=[4999, 4999, SLOW])
    assert [(trial.participant, trial.case) for trial in join()] == [("SSSSS", 0), ("SSSSS", 2)]
    recorded = json.loads((tmp_path / "data" / "field.json").read_text())["sources"]["participants"]
    assert recorded["fastest_seconds"] == 5
    assert recorded["counts"] == {
        "files": 2,
        "copies and earlier states of a file": 0,
        "experts": 1,
        "answers": 2,
        "left out: expert mostly too fast": 3,
        "left out: too fast": 1,
        "left out: abstract seen before": 0,
    }
    assert len(join(fastest=0)) == 6
    with pytest.raises(InputError, match=r"every answer in .* is left out: .*too fast \(6\)"):
        join(fastest=100)


def test_an_abstract_seen_before_is_left_out(write, join):
    write("a.csv", recognised=[False, True, False])
    assert [trial.case for trial in join()] == [0, 2]


@pytest.mark.parametrize(
    "changes",
    [
        {"chosen": ["v1"] * 3},
        {"first": ["v1"] * 3},
        {"abstract_id": [1, 2, 99]},
        {"abstract_id": [1, 3, 2]},
        {"journal_section": ["human_Brooks", "human_Rivers", "human_Brooks"]},
    ],
)
def test_answers_on_other_cases_are_refused(write, join, changes):
    write("a.csv", **changes)
    with pytest.raises(InputError, match=r"^trial \d is on none of the cases: .*a.csv, expected"):
        join()


def test_answers_to_a_changed_case_are_refused(write, join, tmp_path):
    write("a.csv")
    file = tmp_path / "cases" / "human.csv"
    file.write_text(file.read_text().replace("sample 1 was", "sample one was"))
    with pytest.raises(InputError, match="trial 2 is on none of the cases"):
        join()


def test_machine_made_cases_are_named_by_the_abstract_or_their_own_row(write, join, cases):
    case = cases["machine"][2]
    names = (version_id(case.original), version_id(case.altered))
    write(
        "a.csv",
        chosen=[version_id(each.original) for each in cases["human"][:2]] + [names[1]],
        first=[version_id(each.original) for each in cases["human"][:2]] + [names[0]],
        journal_section=["human_Brooks", "human_Brooks", "machine_Brooks"],
    )
    assert [(trial.author, trial.case, trial.correct) for trial in join()][2] == (
        "machine",
        2,
        False,
    )


def test_real_answers_do_not_mix_with_a_made_up_field(write, join, tmp_path):
    write("a.csv")
    (tmp_path / "data").mkdir()
    write_field(tmp_path / "data" / "field.json", Field("brooks", made_up=True))
    with pytest.raises(InputError, match="holds the made-up field 'brooks', expected a real"):
        join(name="brooks")


def test_a_field_without_a_name_is_refused(write, join, tmp_path):
    write("a.csv")
    with pytest.raises(InputError, match="^no name of the field: expected --name"):
        join(name="")
    assert not (tmp_path / "data").exists()


def test_no_answers_at_all_are_refused(join):
    with pytest.raises(InputError, match="^no answers: expected --answers"):
        join(answers=())


def test_a_folder_without_answers_is_named(join, tmp_path):
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "._a.csv").write_text("an editor's")
    with pytest.raises(InputError, match="^no file in .*answers: expected the experts'"):
        join()


def test_no_file_of_a_folder_is_passed_over(write, join, tmp_path):
    write("a.csv")
    write("answers-QRSTV.csv.txt", pid="QRSTV")  # as some mail programs name it
    assert {trial.participant for trial in join()} == {"BCDFG", "QRSTV"}
    for name in ("answers.xlsx", "second round/answers.csv"):
        file = tmp_path / "answers" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"PK\xff")
    with pytest.raises(InputError, match="second round"):
        join()
