import csv
import dataclasses

import pytest

from components.evidence.stage import check_perplexities, write_evidence
from components.formats.evidence import Place, read_balances, read_pieces, read_summary
from components.runtime.errors import InputError
from tests import made_up_study
from tests.case_readings import make_case, read_words

CASES = {
    "human": [
        make_case("A brook, ", ("rose", 'fell "far"'), "\nin rain", number=n) for n in range(3)
    ]
}
PLACES = [Place("human", number) for number in range(3)]
READINGS = [
    read_words(case, (-1.1, -2.123456), (-0.3,), number=number)
    for number, case in enumerate(CASES["human"])
]


def outcomes_of(**columns):
    return {
        place: {name: digits[place.case] == "1" for name, digits in columns.items()}
        for place in PLACES
    }


def rows(file):
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_the_rows_of_a_case_add_up_to_its_log_likelihoods(tmp_path):
    write_evidence(tmp_path, outcomes_of(a="110"), {"a": READINGS}, cases=CASES)
    found = read_pieces(tmp_path, "a", places=PLACES)
    balances = {balance[:3]: balance for balance in read_balances(tmp_path)}
    assert list(found) == PLACES
    for place, pieces in found.items():
        balance = balances["a", *place]
        totals = [sum(each.log_probabilities) for each in READINGS[place.case].versions]
        assert sum(each.original_log_probability for each in pieces) == pytest.approx(totals[0])
        assert sum(each.altered_log_probability for each in pieces) == pytest.approx(totals[1])
        assert balance.total == pytest.approx(totals[0] - totals[1], abs=1e-6)
        assert "".join(each.altered for each in pieces) == CASES["human"][place.case].altered


def test_only_cases_in_which_variants_disagree_are_listed(tmp_path):
    write_evidence(tmp_path, outcomes_of(a="101", b="110"), {}, cases=CASES)
    assert rows(tmp_path / "disagreement.csv") == [
        {"author": "human", "case": "1", "doi": "10.1/x.1", "num_right": "1", "a": "0", "b": "1"},
        {"author": "human", "case": "2", "doi": "10.1/x.2", "num_right": "1", "a": "1", "b": "0"},
    ]


def test_only_readings_that_fit_have_tables_and_the_others_are_counted(tmp_path):
    longer = dataclasses.replace(READINGS[0].original, ends=[*READINGS[0].original.ends[:-1], 99])
    misfit = dataclasses.replace(READINGS[0], original=longer)
    readings = {"a": [misfit, *READINGS[1:]], "b": READINGS, "c": [misfit]}
    outcomes = outcomes_of(a="111", imported="111", b="111", c="111")
    write_evidence(tmp_path, outcomes, readings, cases=CASES)
    found = sorted(str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*.*"))
    pieces = [f"pieces/{name}.csv" for name in "abc"]
    assert found == ["balances.csv", "disagreement.csv", *pieces, "summary.json"]
    shown = {name: list(read_pieces(tmp_path, name, places=PLACES)) for name in "abc"}
    assert shown == {"a": PLACES[1:], "b": PLACES, "c": []}
    assert [row.variant for row in read_balances(tmp_path)] == ["a"] * 2 + ["b"] * 3
    summary = read_summary(tmp_path)
    assert summary.num_misfits == {"a": 1, "b": 0, "c": 1}
    assert {name: each.num_cases for name, each in summary.variants.items()} == {"a": 2, "b": 3}


def test_it_reads_what_scoring_wrote(tmp_path, capsys):
    made_up_study.write_inputs(tmp_path)
    assert capsys.readouterr().out == "variants disagree in 10 of 10 cases\n"
    folder = tmp_path / "evidence"
    found = {str(file.relative_to(folder)) for file in folder.rglob("*.csv")}
    assert found == {"balances.csv", "disagreement.csv", "pieces/tiny-field.csv"}
    split = {
        (row["tiny-untrained"], row["tiny-field"]) for row in rows(folder / "disagreement.csv")
    }
    assert split == {("0", "1")}
    pieces = rows(folder / "pieces" / "tiny-field.csv")
    assert {(row["original"], row["altered"]) for row in pieces if row["kind"] == "choice"} == {
        ("rose, ", "fell, ")  # its tokens are words
    }


def test_tokens_of_another_run_are_refused_and_leave_the_tables_of_the_last_one(tmp_path):
    made_up_study.write_inputs(tmp_path)
    file = tmp_path / "scores" / "tiny-field" / "tokens.jsonl"
    file.write_text(file.read_text().replace("-0.693147", "-0.703147"), encoding="utf-8")
    with pytest.raises(InputError, match="of human-made case 0 in .*: expected 2, as in full.csv"):
        made_up_study.write_evidence(tmp_path)
    assert (tmp_path / "evidence" / "summary.json").is_file()


def test_tokens_of_other_authors_cases_are_refused():
    with pytest.raises(InputError, match="human-made cases in a: expected human and machine-made"):
        check_perplexities(READINGS, {"human": [], "machine": []}, file="a")
