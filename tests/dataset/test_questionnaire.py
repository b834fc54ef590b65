import json
import re
from collections import Counter
from dataclasses import replace
from itertools import chain

import pytest

from components.dataset.questionnaire import assignments, questionnaire
from components.formats.answers import version_id
from components.formats.cases import read_benchmark, write_cases
from components.runtime.errors import InputError
from tests.made_up_study import write_benchmark

ASKED = {"human": 2, "machine": 1}


@pytest.fixture
def cases(tmp_path):
    write_benchmark(tmp_path / "cases")
    return read_benchmark(tmp_path / "cases")


@pytest.fixture
def made(tmp_path, cases):
    """Makes the page of the made-up cases and returns what it holds."""
    (tmp_path / "consent.txt").write_text("I am of age.\n\r\nMy answers\nare <published>.\n")

    def make(**changes):
        arguments = {
            "name": "brook & lore",
            "consent": tmp_path / "consent.txt",
            "contact": "ada@example.org",
            "cases": tmp_path / "cases",
            "page": tmp_path / "page.html",
            "codes": tmp_path / "codes.txt",
            "experts": 12,
            "human_cases": 2,
            "machine_cases": 1,
        }
        questionnaire(**arguments | changes)
        page = (tmp_path / "page.html").read_text()
        return json.loads(re.search(r'id="data">(.*)</script>', page)[1])

    return make


def test_every_case_is_asked_equally_often(cases):
    plan = assignments(cases, ASKED, experts=12, seed=1)
    times = Counter((author, row) for asked in plan.values() for author, row, _ in asked)
    assert len(plan) == 12
    assert {times["human", row] for row in range(6)} == {4}  # 12 experts, 2 of 6 cases each
    assert {times["machine", row] for row in range(4)} == {3}


def test_an_expert_is_asked_one_case_of_an_abstract(cases):
    """Of an abstract seen before one knows the original, whoever made the other case."""
    shared = [
        replace(case, doi=cases["human"][row].doi) for row, case in enumerate(cases["machine"])
    ]
    both = {"human": [*cases["human"][:3], *cases["human"][:3]], "machine": shared}
    for asked in assignments(both, {"human": 2, "machine": 1}, experts=50, seed=1).values():
        assert len({both[author][row].doi for author, row, _ in asked}) == 3
    few = {"human": cases["human"], "machine": shared[:2]}
    assert len(assignments(few, {"human": 4, "machine": 2}, experts=50, seed=1)) == 50
    with pytest.raises(InputError, match="^3 human-made cases of different abstracts"):
        assignments(both, {"human": 4, "machine": 0}, experts=1, seed=1)


def test_half_of_an_experts_originals_stand_first_in_random_places(cases):
    plan = assignments(cases, {"human": 4, "machine": 2}, experts=200, seed=1)
    assert {sum(first for *_, first in asked) for asked in plan.values()} == {3}
    for place in range(6):
        assert 70 <= sum(asked[place][2] for asked in plan.values()) <= 130
    odd = assignments(cases, {"human": 3, "machine": 0}, experts=200, seed=1).values()
    assert 70 <= sum(sum(first for *_, first in asked) == 1 for asked in odd) <= 130


def test_more_experts_leave_the_codes_and_cases_of_those_before(cases):
    few, many = (assignments(cases, ASKED, experts=n, seed=1) for n in (5, 500))
    assert len(many) == 500  # neither words nor numbers:
    assert all(re.fullmatch("[BCDFGHJKLMNPQRSTVWXZ]{5}", code) for code in many)
    assert list(many.items())[:5] == list(few.items())
    assert not many.keys() & assignments(cases, ASKED, experts=50, seed=2).keys()


def test_the_page_shows_each_expert_the_cases_planned_in_their_order(made, cases, tmp_path):
    data = made(seed=7)
    plan = assignments(cases, ASKED, experts=12, seed=7)
    assert (tmp_path / "codes.txt").read_text().split() == list(plan)
    assert plan.keys() == data["experts"].keys()
    for code, asked in plan.items():
        for (place, first), (author, row, original_first) in zip(
            data["experts"][code], asked, strict=True
        ):
            shown, case = data["cases"][place], cases[author][row]
            assert shown["journal_section"] == f"{author}_{case.journal_section}"
            texts = [case.original, case.altered]
            assert sorted(map(version_id, texts)) == [name for name, _ in shown["versions"]]
            assert shown["versions"][first][1] == texts[not original_first]


def test_what_is_printed_says_how_often_a_case_is_asked(made, capsys):
    made(human_cases=2, machine_cases=0, experts=12)
    assert "6 of 10 cases, each asked 4 times\n" in capsys.readouterr().err
    made(human_cases=2, machine_cases=0, experts=13)
    assert "6 of 10 cases, each asked 4 to 5 times\n" in capsys.readouterr().err


def test_the_page_does_not_say_which_version_is_the_original(made, cases, tmp_path):
    """Were each altered version the original, the page would hold the same, in another order."""
    shown = made()
    page = (tmp_path / "page.html").read_text()
    assert not any(case.doi in page or case.combined in page for case in cases["human"])
    for author, found in cases.items():
        swapped = [
            row._replace(
                original_abstract=row.incorrect_abstract,
                incorrect_abstract=row.original_abstract,
                combined_abstract=row.combined_abstract.replace("[[rose, fell]]", "[[fell, rose]]"),
            )
            for row in (case.row for case in found)
        ]
        write_cases(tmp_path / "cases" / f"{author}.csv", swapped)
    assert made() | {"experts": 0} == shown | {"experts": 0}
    originals = [case.original for case in chain(cases["human"], cases["machine"])]
    assert {case["versions"][0][1] in originals for case in shown["cases"]} == {True, False}


def test_what_the_field_the_consent_and_the_cases_say_is_no_html(made, tmp_path):
    data = made()
    page = (tmp_path / "page.html").read_text()
    assert "Predicting results in brook &amp; lore</title>" in page
    assert data["consent"] == ["I am of age.", "My answers are <published>."]
    assert "<published>" not in page
    assert "<b>moonlight" not in page


def test_a_page_changed_in_its_words_only_finds_the_answers_kept(made, tmp_path):
    first = made()["id"]
    (tmp_path / "consent.txt").write_text(" \n\n ")
    with pytest.raises(InputError, match=r"no text in .*consent.txt: expected what an expert"):
        made()
    (tmp_path / "consent.txt").write_text("Other words.")
    assert made(contact="someone else", experts=20)["id"] == first
    assert made(seed=1)["id"] != first
    assert made(human_cases=1)["id"] != first


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"human_cases": -1}, "human_cases -1: expected 0 to"),
        ({"human_cases": 0, "machine_cases": 0}, "machine_cases 0: expected 1 to"),
        ({"human_cases": 7}, "6 human-made cases of different abstracts for an expert, expected 7"),
        ({"machine_cases": 5}, "expected 5 or more: ask fewer by --machine-cases"),
        ({"experts": 10_001}, "experts 10001: expected 1 to 10,000"),
        ({"seed": -1}, "seed -1"),
        ({"contact": " "}, "no contact: expected --contact"),
        ({"name": " "}, "no name of the field: expected --name"),
    ],
)
def test_a_bad_value_is_named_and_nothing_is_written(made, tmp_path, changes, words):
    with pytest.raises(InputError, match=words):
        made(**changes)
    assert not (tmp_path / "page.html").exists()
