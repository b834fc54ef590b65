"""Generated answers, abstracts, proposals and reviews."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.dataset.demo import demo_abstracts
from components.dataset.proposals.accept import accept_cases
from components.dataset.proposals.alterations import AlterationProfile
from components.dataset.proposals.propose import propose_cases
from components.dataset.proposals.validators import verdicts
from components.formats.cases import marked_case, read_cases
from components.formats.corpus import write_documents
from components.formats.proposals import ReviewRow, read_proposals
from components.formats.table import write_rows
from components.language_model.profile import Question
from components.runtime.errors import InputError
from tests.dataset.proposals.conftest import ABSTRACT
from tests.fuzz import damaged_bytes, damaged_json, few_examples, run_in_process

CHANGES = [
    {"sentence": 3, "original": "increased", "altered": "decreased"},
    {"sentence": 4, "original": "a smaller", "altered": "a larger"},
]
REPLY = json.dumps({"changes": CHANGES})


@given(
    damaged_json(REPLY) | damaged_bytes(REPLY.encode()).map(lambda b: b.decode(errors="replace"))
)
def test_a_damaged_answer_is_unread_or_gives_a_text_that_is_judged(reply):
    given_answers = AlterationProfile("f").answers(reply, questions=[Question("k", ABSTRACT)])
    for altered in given_answers.values():
        altered.encode()
        try:
            case = marked_case("10.1/1", "", original=ABSTRACT, altered=altered)
        except InputError:
            continue
        verdicts([case], corpus=[])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A field, its new abstracts, and proposals that a person has accepted."""
    folder = tmp_path_factory.mktemp("fuzz")
    write_documents(folder / "data" / "corpus" / "domain", "train", ["Ondrels live in the sea."])
    demo_abstracts(abstracts=folder / "abstracts.jsonl", number=3)
    propose_cases(
        name="ondrology",
        abstracts=folder / "abstracts.jsonl",
        corpus_ends=date(2025, 12, 31),
        proposals=folder / "proposals",
        data=folder / "data",
    )
    rows = read_proposals(folder / "proposals")
    decided = [ReviewRow(each.proposal, each.doi, "accept", None, None, "K") for each in rows]
    mended = decided[2]._replace(decision="mend", incorrect_abstract=rows[2].incorrect_abstract)
    write_rows(folder / "review.csv", ReviewRow, [*decided[:2], mended])
    return folder


def damaged(folder, name, data):
    file = folder / f"damaged-{name}"
    file.write_bytes(data.draw(damaged_bytes((folder / name).read_bytes())))
    return file


@few_examples
@given(data=st.data())
def test_any_abstracts_are_proposed_or_refused(folder, data):
    flags = {
        "name": "ondrology",
        "abstracts": damaged(folder, "abstracts.jsonl", data),
        "corpus-ends": "2025-12-31",
        "proposals": folder / "again",
        "data": folder / "data",
    }
    refused = run_in_process(propose_cases, *(f"--{name}={each}" for name, each in flags.items()))
    if refused is None:
        assert read_proposals(folder / "again")
    else:
        assert "damaged-abstracts.jsonl" in refused


@few_examples
@given(data=st.data())
def test_any_review_makes_cases_that_can_be_read_or_is_refused(folder, data):
    cases = folder / "cases.csv"
    cases.unlink(missing_ok=True)
    flags = {
        "proposals": folder / "proposals",
        "reviews": damaged(folder, "review.csv", data),
        "cases": cases,
        "data": folder / "data",
    }
    if run_in_process(accept_cases, *(f"--{name}={each}" for name, each in flags.items())) is None:
        assert 0 < len(read_cases(cases)) <= 3
    else:
        assert not cases.exists()
