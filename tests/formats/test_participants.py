from dataclasses import replace

import pytest

from components.formats.cases import read_cases
from components.formats.participants import read_trials, write_trials
from components.runtime.errors import InputError
from tests.made_up_study import trial


@pytest.fixture
def file(tmp_path):
    return tmp_path / "participants.csv"


def test_the_published_trials_are_on_the_published_cases(reference):
    file, folder = reference / "humans" / "participant_data.csv", reference / "brainbench"
    alone = read_trials(file)
    human = [trial.correct for trial in alone if trial.author == "human"]
    assert (sum(human), len(human), len(alone)) == (641, 1011, 1514)
    assert len({trial.participant for trial in alone}) == 171
    names = {"human": "Human", "machine": "GPT-4"}
    cases = {each: read_cases(folder / f"BrainBench_{names[each]}_v0.1.csv") for each in names}
    joined = read_trials(file, cases=cases)
    for author, number in (("human", 200), ("machine", 100)):
        assert {each.case for each in joined if each.author == author} == set(range(number))
    for one, other in zip(alone, joined, strict=True):
        # The file numbers the abstracts by the human-made cases.
        assert cases["human"][one.case].doi == cases[other.author][other.case].doi


def test_machine_made_cases_of_other_abstracts_are_numbered_by_their_own_rows(cases, file):
    rows = [trial(1, 2, 3, correct=True, case=1, author=author) for author in ("human", "machine")]
    write_trials(file, rows)
    others = [replace(case, doi=f"{case.doi}.other") for case in cases["human"]]
    found = read_trials(file, cases={"human": cases["human"], "machine": others})
    assert [trial.case for trial in found] == [0, 0]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([1, 2], "abstract_id is 1, expected one machine-made case of .*, found none: .*row 2"),
        ([0, 0], "abstract_id is 1, expected one machine-made case of .*, found 2: .*row 2"),
    ],
)
def test_a_machine_made_trial_without_one_case_is_named(cases, file, rows, words):
    made = {"human": cases["human"], "machine": [cases["human"][row] for row in rows]}
    rows = [trial(1, 2, 3, correct=True, case=1, author=author) for author in ("human", "machine")]
    write_trials(file, rows)
    with pytest.raises(InputError, match=words):
        read_trials(file, cases=made)


def test_numbers_are_the_same_however_they_are_written(file):
    row = trial(17, 20, 30, correct=True, case=1)
    names = ("17", "17.0", " 17 ", "17.", "1.7e1", "017")
    write_trials(file, [row._replace(pid=pid, abstract_id=n) for n, pid in enumerate(names, 1)])
    assert {trial.participant for trial in read_trials(file)} == {"17"}
    write_trials(file, [row._replace(pid=pid) for pid in ("17.5", "P17", "17")])
    assert [trial.participant for trial in read_trials(file)] == ["17.5", "P17", "17"]
    write_trials(file, [row._replace(correct="1.0"), row._replace(pid="2", correct="0.0")])
    assert [trial.correct for trial in read_trials(file)] == [True, False]
    write_trials(file, [row._replace(rt="NA", recognised="nan", click_slider="")])
    assert len(read_trials(file)) == 1


def test_the_same_trial_twice_is_refused_and_two_in_one_case_are_not(file):
    row = trial(1, 20, 30, correct=True, case=1)
    others = [row._replace(abstract_id=2), row._replace(rt=1), row._replace(correct=False)]
    write_trials(file, [row, *others])
    assert len(read_trials(file)) == 4
    write_trials(file, [row, *others, row._replace(pid="1.0", correct="1.0", expertise="20.0")])
    with pytest.raises(InputError, match="the same trial as in row 1: .*row 5"):
        read_trials(file)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"journal_section": "Brooks"}, "journal_section is 'Brooks', expected human_... or"),
        ({"abstract_id": 0}, "abstract_id is '0', expected greater than or equal to 1: .*row 1"),
        ({"pid": "NaN"}, "pid is 'NaN', expected a participant: .*row 1"),
        ({"expertise": 101}, "expertise is '101', expected less .* to 100: .*row 1"),
        ({"confidence": "nan"}, "confidence is 'nan', expected a finite number: .*row 1"),
        ({"rt": -1}, "rt is '-1', expected greater than or equal to 0: .*row 1"),
        ({"recognised": "yes"}, "recognised is 'yes', expected 1 or 0: .*row 1"),
    ],
)
def test_a_trial_in_another_form_is_named(file, changes, words):
    write_trials(file, [trial(1, 20, 30, correct=True, case=1)._replace(**changes)])
    with pytest.raises(InputError, match=words):
        read_trials(file)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"abstract_id": 3}, "abstract_id is 3, expected one of 2 human-made cases"),
        (
            {"abstract_id": 2, "journal_section": "human_Rivers"},
            "'human_Rivers', expected that of the case, 'human_Brooks'",
        ),
    ],
)
def test_a_trial_on_no_case_of_the_benchmark_is_named(cases, file, changes, words):
    rows = [trial(number, 2, 3, correct=True, case=1) for number in (1, 2)]
    write_trials(file, [rows[0], rows[1]._replace(**changes)])
    with pytest.raises(InputError, match=words) as caught:
        read_trials(file, cases={"human": cases["human"][:2]})
    assert f"{file}, row 2" in str(caught.value)
