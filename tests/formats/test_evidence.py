import pytest

from components.formats.evidence import (
    CaseBalance,
    CasePiece,
    EvidenceSummary,
    Pattern,
    Place,
    Tendency,
    VariantSummary,
    read_balances,
    read_pieces,
    read_summary,
    write_balances,
    write_pieces,
    write_summary,
)
from components.runtime.errors import InputError


def piece(case, number, original, altered):
    return CasePiece("a", "human", case, number, "choice", original, altered, 2, 1, -1.5, -1, -0.5)


def test_a_summary_comes_back_as_it_was_written(tmp_path):
    part = Tendency(mean=-0.1234567891, share=2 / 3)
    summary = EvidenceSummary(
        patterns=[Pattern({"b": True, "a": False}, {"human": 2, "machine": 1}, Place("human", 3))],
        variants={"a": VariantSummary(3, 1, part, part, part, part)},
        num_misfits={"a": 1},
    )
    write_summary(tmp_path, summary)
    assert read_summary(tmp_path) == summary


def test_balances_come_back_with_six_decimals_and_no_negative_zero(tmp_path):
    write_balances(
        tmp_path, [CaseBalance("a", "human", 3, 9, 8, -1e-9, 1.23456789, 2.0, 3.0, -0.5, -0.25)]
    )
    row = (tmp_path / "balances.csv").read_text(encoding="utf-8").splitlines()[1]
    assert row == "a,human,3,9,8,0.000000,1.234568,2.000000,3.000000,-0.500000,-0.250000"
    expected = CaseBalance("a", "human", 3, 9, 8, 0, 1.234568, 2, 3, -0.5, -0.25)
    assert read_balances(tmp_path) == [expected]


def test_pieces_keep_every_character_and_those_of_other_cases_are_not_read(tmp_path):
    texts = ["", " ", '"x", ', "\nµ🧠 ", "NA"]
    pieces = [piece(1, number, text, text[::-1]) for number, text in enumerate(texts)]
    others = [piece(case, 0, "rose", "fell") for case in (0, 2, 11)]
    write_pieces(tmp_path, pieces + others, variant="a")
    found = read_pieces(tmp_path, "a", places=[("human", 11), ("human", 1), ("machine", 2)])
    assert found == {Place("human", 1): pieces, Place("human", 11): others[2:]}


def test_a_bad_piece_is_named_by_its_row(tmp_path):
    write_pieces(tmp_path, [piece(case, 0, "rose", "fell") for case in range(3)], variant="a")
    file = tmp_path / "pieces" / "a.csv"
    file.write_text(file.read_text().replace("human,2,0,choice", "human,2,0,word"))
    with pytest.raises(InputError, match=r"kind is 'word'.*a\.csv, row 3"):
        read_pieces(tmp_path, "a", places=[("human", 2)])
