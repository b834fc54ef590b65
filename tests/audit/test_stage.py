import json

import pytest

from components.audit.stage import audit
from components.formats.audit import read_cues, read_telling_words
from components.formats.cases import write_cases
from components.runtime.errors import InputError
from tests.audit.benchmarks import fair_cases


@pytest.fixture
def folder(tmp_path):
    def write(name, cases):
        tmp_path.mkdir(exist_ok=True)
        write_cases(tmp_path / f"{name}.csv", [case.row for case in cases])

    write("human", fair_cases(40, giveaway="notably"))
    write("machine", fair_cases(12))
    return tmp_path


def test_a_giveaway_is_a_warning_on_the_command_line_and_in_the_files(folder, capsys):
    audit(cases=folder, audit=folder / "audit")
    lines = capsys.readouterr().out.splitlines()
    assert "warning: human-made cases, single words: accuracy 1.000, adjusted p = 0.001" in lines
    assert not [line for line in lines if line.startswith("warning: machine")]
    cues = read_cues(folder / "audit")
    assert [each.gives_away for each in cues if each.cue == "single words"] == [True, False]
    assert read_telling_words(folder / "audit")[0].words == "notably"
    metrics = json.loads((folder / "audit" / "metrics.json").read_text())
    assert metrics["human"]["single words"] == 1


def test_too_few_cases_are_said_not_to_be_tested(folder, capsys):
    audit(cases=folder, audit=folder / "audit")
    line = "machine-made cases, version A: accuracy"
    shown = [each for each in capsys.readouterr().out.splitlines() if each.startswith(line)]
    assert shown[0].endswith("not tested: fewer than 20 abstracts")


def test_bad_arguments_are_one_line_and_leave_nothing_behind(folder):
    for change, words in (({"seed": -1}, "seed"), ({"cases": folder / "no"}, "no cases in")):
        with pytest.raises(InputError, match=words):
            audit(**{"cases": folder, "audit": folder / "audit"} | change)
    assert not (folder / "audit").exists()
