import re

import pytest

from components.dataset.proposals.accept import accept_cases
from components.dataset.proposals.alterations import altered_by_rules
from components.formats.cases import read_cases
from components.formats.proposals import ReviewRow, read_proposals
from components.formats.table import write_rows
from tests.fuzz import run_in_process


@pytest.fixture
def proposals(proposed):
    """The proposals that all validators accept."""
    return [each for each in read_proposals(proposed) if not each.refused_by]


@pytest.fixture
def accept(demo_folder, tmp_path):
    """Accepts by reviews; returns the line of a refusal, None otherwise."""

    def run(*reviews, cases=tmp_path / "machine.csv"):
        files = []
        for number, rows in enumerate(reviews):
            files.append(tmp_path / f"review-{number}.csv")
            write_rows(files[-1], ReviewRow, rows)
        flags = ["--proposals", tmp_path / "proposals", "--data", demo_folder, "--cases", cases]
        return run_in_process(accept_cases, *flags, "--reviews", *files)

    return run


def review(row, decision="accept", *, text=None, reviewer="KL", reason=None):
    return ReviewRow(row.proposal, row.doi, decision, reason, text, reviewer)


def test_accepted_and_mended_proposals_become_cases(accept, proposals, tmp_path, capsys):
    first, second, third, *_ = proposals
    versions = {altered_by_rules(third.original_abstract, seed=seed) for seed in range(9)}
    mended = min(versions - {third.incorrect_abstract})
    rows = [review(first), review(second, "refuse", reason="Both could be true")]
    assert accept([*rows, review(third, "mend", text=f" {mended} ".replace(" ", "\n"))]) is None
    cases = read_cases(tmp_path / "machine.csv")
    assert [each.doi for each in cases] == [first.doi, third.doi]
    assert [each.altered for each in cases] == [first.incorrect_abstract, mended]
    told = capsys.readouterr()
    assert f"2 cases; 1 left out, {len(proposals) - 3} undecided" in told.out
    assert "refused by KL: Both could be true" in told.err


def test_a_mended_text_has_to_pass_the_validators(accept, proposals, tmp_path, capsys):
    first, second, *_ = proposals
    spoiled = first.incorrect_abstract + " Surprisingly."
    same = second.original_abstract
    rows = [review(first, "mend", text=spoiled), review(second, "mend", text=same)]
    assert "no case to write" in accept(rows)
    told = capsys.readouterr().err
    assert f"{first.proposal} ({first.doi}) left out: " in told
    assert "are equal" in told
    assert not (tmp_path / "machine.csv").exists()


def test_reviewers_have_to_agree(accept, proposals, tmp_path, capsys):
    first, second, third, *_ = proposals
    text = second.incorrect_abstract.replace("We", "Here we")
    one = [review(each) for each in (first, second, third)]
    other = [
        review(first, "refuse", reviewer="MN"),
        review(second, "mend", text=text, reviewer="MN"),
        review(third, reviewer="MN"),
    ]
    assert accept(one, other) is None
    assert [each.doi for each in read_cases(tmp_path / "machine.csv")] == [third.doi]
    told = capsys.readouterr().err
    assert "refused by MN: no reason given" in told
    assert "its reviewers want different texts" in told


def test_what_is_wrong_with_reviews_is_one_line(accept, proposals, tmp_path):
    first = review(proposals[0])
    assert "no reviews" in accept()
    assert "is no proposal to decide on" in accept([first._replace(proposal="0" * 12)])
    line = accept([first], [first._replace(decision="refuse")])
    assert re.search("another decision of KL on .*review-1.csv, expected one file of each", line)
    assert not (tmp_path / "machine.csv").exists()
    assert accept([first]) is None
    before = (tmp_path / "machine.csv").read_bytes()
    assert "machine.csv exists: expected the path of a new file" in accept([first])
    assert (tmp_path / "machine.csv").read_bytes() == before


def test_a_copy_and_an_earlier_state_of_a_review_count_once(accept, proposals, tmp_path):
    one, two = map(review, proposals[:2])
    assert accept([one], [one, two], [one, two]) is None
    assert len(read_cases(tmp_path / "machine.csv")) == 2
