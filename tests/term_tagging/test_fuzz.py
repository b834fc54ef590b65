import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.formats.terms import TokenUsage
from components.language_model.journal import Entry, Journal
from components.language_model.profile import Question
from components.runtime.errors import InputError
from components.term_tagging.agreement import compare
from components.term_tagging.language_model import BatchedProfile, PublishedProfile
from tests.fuzz import damaged_bytes, damaged_json, run_in_process

QUESTIONS = [Question(each, each) for each in ("axon", "the", 'a"b')]
ROWS = [{"index": k, "term": each.text, "answer": "yes"} for k, each in enumerate(QUESTIONS, 1)]
REPLY = json.dumps({"answers": ROWS})
ENTRIES = [
    Entry(1, ["axon"], {"axon": "yes"}, "tiny", TokenUsage(3)),
    Entry(1, ["the"], {}, "tiny", TokenUsage(4, 1, 2), unread="perhaps"),
]


@given(
    damaged_json(REPLY) | damaged_bytes(REPLY.encode()).map(lambda b: b.decode(errors="replace"))
)
def test_a_damaged_reply_answers_only_what_it_was_asked(text):
    answers = BatchedProfile("f", terms_per_call=3).answers(text, questions=QUESTIONS)
    assert answers.keys() <= {each.key for each in QUESTIONS}
    assert set(answers.values()) <= {"yes", "no"}
    one = PublishedProfile("f").answers(text, questions=QUESTIONS[:1])
    assert set(one.values()) <= {"yes", "no"}


@given(st.data())
def test_a_damaged_journal_is_refused_or_read(data):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        journal = Journal(folder)
        for each in ENTRIES:
            journal.append(each)
        journal.close()
        (file,) = folder.iterdir()
        content = data.draw(damaged_bytes(file.read_bytes()))
        file.write_bytes(content)
        try:
            entries = Journal(folder).entries
        except InputError:
            return
        assert len(entries) <= content.count(b"\n")
        assert Journal(folder).entries == entries  # what was mended stays so


@pytest.mark.parametrize("name", ["labels.csv", "answers.txt"])
@given(data=st.data())
def test_damaged_tags_are_refused_or_compared(name, data):
    whole = b"term,tag\naxon,yes\nthe,no\n" if name == "labels.csv" else b"axon, yes\nthe, no\n"
    with tempfile.TemporaryDirectory() as folder:
        first, second = Path(folder, f"first-{name}"), Path(folder, f"second-{name}")
        first.write_bytes(whole)
        second.write_bytes(data.draw(damaged_bytes(whole)))
        flags = ["--first", first, "--second", second, "--agreement", Path(folder, "out")]
        if run_in_process(compare, *flags) is None:
            found = json.loads(Path(folder, "out", "agreement.json").read_text())["file"]
            assert 0 < found["num_terms"] <= 2
