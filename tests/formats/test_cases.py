import csv
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.formats.cases import (
    ERRATA,
    CaseRow,
    Choice,
    marked_case,
    read_benchmark,
    read_cases,
    write_cases,
)
from components.runtime.errors import InputError

GOOD = {
    "doi": "10.5555/1",
    "journal_section": "Systems",
    "original_abstract": "Dose increased in A, not B.",
    "incorrect_abstract": "Dose decreased in B, not A.",
    "combined_abstract": "Dose [[increased, decreased]] in [[A, not B, B, not A]].",
}
OTHER = GOOD | {  # another case of the same abstract
    "incorrect_abstract": "Dose vanished in A, not B.",
    "combined_abstract": "Dose [[increased, vanished]] in A, not B.",
}


def write(file, *rows):
    write_cases(file, [CaseRow(**row) for row in rows])
    return file


def test_choices_with_commas_are_read_as_the_two_versions_say(tmp_path):
    (case,) = read_cases(write(tmp_path / "x.csv", GOOD))
    assert case.row == CaseRow(**GOOD)
    assert case.choices == (Choice("increased", "decreased"), Choice("A, not B", "B, not A"))
    assert (case.original, case.altered) == (GOOD["original_abstract"], GOOD["incorrect_abstract"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"combined_abstract": "Dose [[increased, decreased] in A."}, "unbalanced bracket.*row 1"),
        ({"combined_abstract": "Dose increased, decreased]] in A."}, "unbalanced bracket.*row 1"),
        ({"combined_abstract": "Dose [[a, [[b, c]] in A."}, "unbalanced bracket.*row 1"),
        ({"combined_abstract": "Dose [[, ]] in A."}, "does not expand.*row 1"),
        ({"combined_abstract": "x ".join(["[[a, a, a, a, a, a]]"] * 40)}, "does not expand"),
        ({"combined_abstract": "Dose increased."}, r"no \[\[original, altered\]\].*row 1"),
        ({"combined_abstract": "Dose [[increased]] in A."}, "no comma.*row 1"),
        ({"original_abstract": "Something else."}, "does not expand.*row 1"),
        ({"incorrect_abstract": " "}, "empty incorrect_abstract.*row 1"),
        (
            {
                "original_abstract": "Dose a.",
                "incorrect_abstract": "Dose a.",
                "combined_abstract": "Dose [[a, a]].",
            },
            "are equal.*row 1",
        ),
        (
            {
                "original_abstract": "> 0",
                "incorrect_abstract": "...",
                "combined_abstract": "[[> 0, ...]]",
            },
            "without a letter or digit.*row 1",
        ),
    ],
)
def test_a_bad_row_is_named(tmp_path, change, words):
    file = write(tmp_path / "x.csv", {**GOOD, **change})
    with pytest.raises(InputError, match=words):
        read_cases(file)


def test_the_same_case_twice_is_refused_and_two_of_one_abstract_are_not(tmp_path):
    assert len(read_cases(write(tmp_path / "x.csv", GOOD, OTHER))) == 2
    spaced = {
        name: text.replace(" ", "  ") if "abstract" in name else f"{text} "
        for name, text in GOOD.items()
    }
    for again in (GOOD, spaced):
        with pytest.raises(InputError, match=r"the same case as in row 1: .*x\.csv, row 3"):
            read_cases(write(tmp_path / "x.csv", GOOD, OTHER, again))


def test_a_benchmark_has_cases_of_one_author_or_of_both(tmp_path):
    with pytest.raises(InputError, match=r"no cases in .*: expected human\.csv, machine\.csv or"):
        read_benchmark(tmp_path)
    write(tmp_path / "machine.csv", GOOD, OTHER)
    assert list(read_benchmark(tmp_path)) == ["machine"]
    with pytest.raises(InputError, match=r"no human-made cases: expected .*human\.csv"):
        read_benchmark(tmp_path, authors=["machine", "human"])
    write(tmp_path / "human.csv", GOOD)
    assert {author: len(cases) for author, cases in read_benchmark(tmp_path).items()} == {
        "human": 1,
        "machine": 2,
    }
    assert list(read_benchmark(tmp_path, authors=["human"])) == ["human"]


@pytest.mark.parametrize(
    ("original", "altered", "combined"),
    [
        ("It was an increase.", "It was a decrease.", "It was [[an increase, a decrease]]."),
        ("It was seen.", "It was not seen.", "It [[was seen, was not seen]]."),
        ("In A, not B.", "In B, not A.", "In [[A, not B, B, not A]]."),
        ("Rose.", "It rose.", "[[Rose, It rose]]."),
        ("A rose by 5 %.", "A fell by 9 %.", "A [[rose by 5, fell by 9]] %."),
        ("It rose in A and B.", "It fell in A and C.", "It [[rose, fell]] in A and [[B, C]]."),
    ],
)  # fmt: skip
def test_versions_are_marked_where_they_differ(original, altered, combined):
    case = marked_case("10.5555/1", "Systems", original=original, altered=altered)
    assert (case.original, case.altered, case.combined) == (original, altered, combined)


words = st.lists(st.sampled_from(["a", "b", ",", "c,", "5-HT", "(d", "é)", ".", "[", "not"]))


@given(words.map(" ".join), words.map(" ".join))
def test_any_two_versions_are_marked_or_refused(original, altered):
    try:
        case = marked_case("10.5555/1", "Systems", original=original, altered=altered)
    except InputError:
        letters = [any(map(str.isalnum, text)) for text in (original, altered)]
        assert original == altered or not all(letters) or "[ [" in f"{original} {altered}"
        return
    assert (case.original, case.altered) == (original, altered)


def test_the_published_cases_are_read_whole_with_five_errata_and_marked_as_published(reference):
    differing, num_cases = set(), 0
    for name in ("Human", "GPT-4"):
        file = reference / "brainbench" / f"BrainBench_{name}_v0.1.csv"
        with file.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        for case, row in zip(read_cases(file), rows, strict=True):
            num_cases += 1
            texts = {"original": case.original, "altered": case.altered}
            again = marked_case(case.doi, case.journal_section, **texts)
            assert (again.original, again.altered) == (case.original, case.altered)
            assert not re.search(r"\[\[|\]\]", case.original + case.altered)
            published = (row["original_abstract"], row["incorrect_abstract"])
            if (case.original, case.altered) != published:
                differing.add(case.doi)
    assert num_cases == 300
    assert differing == set(ERRATA)
    assert len(ERRATA) == 5
