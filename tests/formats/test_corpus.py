import pytest

from components.formats.corpus import documents, write_documents
from components.runtime.errors import InputError


def test_documents_come_back_as_they_were_written(tmp_path):
    texts = ["one", "two\nlines", "naïve γ — “quoted” \\ 𝄞"]
    assert write_documents(tmp_path, "train", texts) == 3
    assert list(documents(tmp_path, "train")) == texts


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty corpus"),
        (b'{"text": "a"}\n{"text": "caf\xe9"}\n', "not UTF-8: byte 14 of .*line 2"),
        (b'{"text": "a"}\n{"text": \n', "not JSON .*line 2"),
        (b'{"body": "a"}\n', 'expected {"text": "..."}.*line 1'),
        (b'{"text": "  "}\n', "not empty.*line 1"),
        (b'["text"]\n', 'expected {"text": "..."}.*line 1'),
    ],
)
def test_a_bad_line_is_named(tmp_path, content, words):
    (tmp_path / "train.jsonl").write_bytes(content)
    with pytest.raises(InputError, match=words):
        list(documents(tmp_path, "train"))


def test_a_missing_split_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no corpus at .*validation\.jsonl"):
        list(documents(tmp_path, "validation"))


def test_documents_are_read_one_at_a_time(tmp_path):
    (tmp_path / "train.jsonl").write_text('{"text": "first"}\nnot JSON\n')
    assert next(documents(tmp_path, "train")) == "first"
