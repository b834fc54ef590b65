import json
import os
import re
import signal
from collections import Counter

import pytest

from components.dataset.proposals.alterations import AlterationProfile
from components.dataset.proposals.propose import propose_cases
from components.formats.cases import read_cases
from components.formats.json_file import read_json
from components.formats.proposals import ProposalSummary, read_abstracts, read_proposals
from components.language_model.profile import Question
from tests.dataset.proposals.conftest import ABSTRACT
from tests.fuzz import run_in_process
from tests.language_model_server import FakeModel, completion, failure, serve

WORDS = {"increased": "decreased", "smaller": "larger"}


class Alterer(FakeModel):
    """A model that exchanges one word of an abstract."""

    def text(self, body):
        return answer(*change_of(body))


def asked(body):
    return json.loads(body["messages"][1]["content"])


def change_of(body):
    """A change of the first result that the model may change."""
    for each in asked(body):
        for word, other in WORDS.items():
            if each["may_change"] and word in each["text"]:
                return each["number"], f"{word} ", f"{other} "
    raise AssertionError


def answer(sentence, original, altered):
    change = {"sentence": sentence, "original": original, "altered": altered}
    return json.dumps({"changes": [change]})


@pytest.fixture
def model():
    return Alterer()


@pytest.fixture
def propose(data, abstracts, model, server, quick, tmp_path):
    """Proposes with the model; returns the line of a refusal, None otherwise."""
    url = serve(model, server)

    def run(**changes):
        flags = {
            "name": "herpetology",
            "abstracts": abstracts,
            "corpus-ends": "2022-12-31",
            "proposals": tmp_path / "proposals",
            "data": data,
            "proposer": "language-model",
            "endpoint": url,
            "model": "tiny",
            "state": tmp_path / "state",
            **changes,
        }
        given = (f"--{name}={value}" for name, value in flags.items())
        return run_in_process(propose_cases, *given)

    return run


def rows(tmp_path):
    return read_proposals(tmp_path / "proposals")


def test_every_abstract_has_its_row_and_its_verdict(propose, model, tmp_path, capsys):
    assert propose() is None
    found = rows(tmp_path)
    assert [each.doi for each in found] == ["10.1/1", "10.1/2", "10.1/3"]
    assert [each.refused_by for each in found] == [None, None, "published"]
    original = found[0].original_abstract
    assert found[0].incorrect_abstract == original.replace("increased", "decreased")
    assert "water [[increased, decreased]] the" in found[0].combined_abstract
    assert {each.proposer for each in found} == {"tiny-2026-11-01"}
    assert len(model.bodies) == 2
    allowed = [each["may_change"] for each in asked(model.bodies[0])]
    assert allowed == [False, False, True, True, True]
    summary = read_json(tmp_path / "proposals" / "summary.json", ProposalSummary)
    assert (summary.num_abstracts, summary.num_accepted) == (3, 2)
    assert summary.refused == {"published": 1}
    assert summary.language_model.num_calls == 2
    assert "110 tokens for each proposal" in capsys.readouterr().out
    # What was asked once is not asked again; other abstracts are.
    assert propose() is None
    assert len(model.bodies) == 2
    assert propose(**{"corpus-ends": "2022-11-30"}) is None
    assert len(model.bodies) == 3


def test_an_answer_that_cannot_be_read_is_asked_again_and_then_named(propose, model, tmp_path):
    profile, question = AlterationProfile("herpetology"), Question("k", ABSTRACT)
    assert profile.answers(answer(3, "increased", "decreased"), questions=[question])
    for nonsense in (
        "",
        "I cannot help with that.",
        "{}",
        '{"changes": []}',
        '{"changes": [7]}',
        "[" * 10_000,
        answer(99, "increased", "decreased"),
        answer(True, "increased", "decreased"),
        answer(3, "decreased", "increased"),
        answer(3, "e", "f"),
        answer(3, "", "f"),
        answer(3, "increased", 7),
        answer(3, "increased", "\ud800"),
    ):
        assert profile.answers(nonsense, questions=[question]) == {}
    change = {"sentence": 3, "original": "increased", "altered": "cut"}
    for other in (change, change | {"original": "water increased"}):  # of the same words
        both = json.dumps({"changes": [change, other]})
        assert profile.answers(both, questions=[question]) == {}
    model.change = lambda text, body: "Sorry." if "toads" in str(body) else text
    assert propose() is None
    assert Counter("toads" in str(body) for body in model.bodies) == {True: 3, False: 1}
    assert [each.refused_by for each in rows(tmp_path)] == [None, "proposal", "published"]


def test_a_refusal_of_the_model_is_named(propose, model, tmp_path):
    model.change = lambda text, body: (
        completion(None, refusal="I cannot.") if "toads" in str(body) else text
    )
    assert propose() is None
    refused = rows(tmp_path)[1]
    assert (refused.refused_by, refused.found) == (
        "proposal",
        "the language model refused to answer",
    )
    assert refused.incorrect_abstract is None


def test_words_may_be_exchanged_and_an_answer_be_fenced(propose, model, tmp_path):
    def change(_text, body):
        changes = [
            {"sentence": 3, "original": "warm water", "altered": "cold water"},
            {"sentence": 4, "original": "Cold water", "altered": "Warm water"},
        ]
        return f"<think>Hm.</think>```json\n{json.dumps({'changes': changes})}\n```"

    model.change = change
    assert propose() is None
    first = rows(tmp_path)[0]
    assert not first.refused_by
    assert "[[warm, cold]] water" in first.combined_abstract
    assert "[[Cold, Warm]] water" in first.combined_abstract


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"model": ""}, "no model: expected --model"),
        ({"name": ""}, "no name of the field: expected --name"),
        (
            {"endpoint": "http://localhost:9/v1", "state": "none"},
            "cannot reach http://localhost:9/v1",
        ),
        ({"abstracts": "missing.jsonl"}, "no file at missing.jsonl"),
        ({"proposals": "."}, ". holds abstracts.jsonl: expected a new folder"),
        ({"proposals": "abstracts.jsonl"}, "abstracts.jsonl is a file: expected a new folder"),
        ({"data": "missing"}, "missing/corpus/domain"),
    ],
)
def test_bad_settings_are_one_line_and_change_nothing(
    propose, tmp_path, monkeypatch, changes, words
):
    assert propose() is None
    monkeypatch.chdir(tmp_path)
    before = {each: each.read_bytes() for each in (tmp_path / "proposals").iterdir()}
    assert words in propose(**changes)
    assert {each: each.read_bytes() for each in (tmp_path / "proposals").iterdir()} == before
    assert (tmp_path / "abstracts.jsonl").is_file()


def test_a_model_that_only_talks_nonsense_is_one_line(propose, model, tmp_path):
    model.change = lambda _text, _body: "colourless green ideas"
    assert re.search("none of 6 answers .* can be read, 'colourless green ideas' say", propose())
    assert not (tmp_path / "proposals").exists()


def test_an_interrupted_run_asks_only_what_it_lacks(propose, model, tmp_path):
    def interrupt(_body):
        os.kill(os.getpid(), signal.SIGINT)

    model.faults = [lambda _body: None, *[failure(500)] * 8]
    assert "answered 500" in propose()
    keys = [each["messages"][1]["content"] for each in model.bodies]
    assert keys.count(keys[0]) == 1
    model.faults = [interrupt]
    with pytest.raises(AssertionError, match="exit code 130"):
        propose()
    assert not (tmp_path / "proposals").exists()
    assert propose() is None
    assert [each.refused_by for each in rows(tmp_path)] == [None, None, "published"]
    assert len(model.bodies) <= 11


def test_an_abstract_with_brackets_of_cases_is_refused_by_name(propose, abstracts, tmp_path):
    content = abstracts.read_text().replace("20 newts", "[[20]] newts")
    abstracts.write_text(content)
    assert propose() is None
    first = rows(tmp_path)[0]
    assert (first.refused_by, first.combined_abstract) == ("form", None)
    assert "decreased" in first.incorrect_abstract  # what was paid for is kept


def test_the_page_holds_markup_of_an_abstract_as_text(propose, abstracts, tmp_path):
    content = abstracts.read_text().replace(
        "20 newts", "20 </script><script>alert(1)</script> newts"
    )
    abstracts.write_text(content)
    assert propose() is None
    assert "<script>alert" in rows(tmp_path)[0].incorrect_abstract
    page = (tmp_path / "proposals" / "review.html").read_text()
    assert "alert(1)" in page
    assert "<script>alert" not in page


def test_rules_need_no_endpoint_and_give_the_same_bytes_again(propose, data, demo_folder, tmp_path):
    flags = {"proposer": "rules", "endpoint": "none", "corpus-ends": "2025-12-31", "model": ""}
    assert propose(**flags) is None
    before = {each.name: each.read_bytes() for each in (tmp_path / "proposals").iterdir()}
    assert propose(**flags) is None
    assert {each.name: each.read_bytes() for each in (tmp_path / "proposals").iterdir()} == before
    found = rows(tmp_path)
    assert len(found) == len(read_abstracts(tmp_path / "abstracts.jsonl")) == 12
    assert sum(not each.refused_by for each in found) >= 10
    # The proposals are a file of cases, with more columns.
    assert len(read_cases(tmp_path / "proposals" / "proposals.csv")) == 12


def test_limits_prices_and_the_batch_api_are_those_of_the_models_row(
    propose, model, tmp_path, capsys
):
    params = tmp_path / "params.yaml"
    row = "tiny: {priced: 2026-11-01, input_price: 1000, output_price: 2000"
    params.write_text(f"language_models: {{{row}, most_cost: 0.5}}}}")
    assert "stopped below the ceiling of 0.5 for tiny" in propose(params=params)
    assert not model.bodies
    params.write_text(f"language_models: {{{row}, batch: true}}}}")
    assert propose(params=params) is None
    assert len(model.batches) == 1
    use = read_json(tmp_path / "proposals" / "summary.json", ProposalSummary).language_model
    assert use.cost == pytest.approx(2 * (60 * 1000 + 10 * 2000) / 1e6)
    told = capsys.readouterr()
    assert "2 calls to tiny: about" in told.err
    assert "110 tokens and 0.0800 for each proposal" in told.out
