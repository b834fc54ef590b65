import json
import shutil

import numpy as np
import pytest

from components.formats.corpus import documents, write_documents
from components.formats.tokenizer import END_OF_TEXT, read_tokenizer
from components.formats.tokens import read_tokens
from components.runtime.errors import InputError
from components.tokenization.stage import tokenization


@pytest.fixture
def pack(corpus, tokenizer, tmp_path):
    """Runs the stage and returns what it wrote."""

    def pack(*, context_length=8, **options):
        options = {"corpus": corpus, "tokenizer": tokenizer, **options}
        tokenization(**options, tokens=tmp_path / "tokens", context_length=context_length)
        return read_tokens(tmp_path / "tokens")

    return pack


def changed(tokenizer, folder, change):
    """A folder with a tokenizer whose vocabulary is changed."""
    content = json.loads((tokenizer / "tokenizer.json").read_text(encoding="utf-8"))
    change(content["model"]["vocab"])
    (folder / "tokenizer.json").write_text(json.dumps(content))
    return folder


def test_rows_hold_the_documents_end_to_end(corpus, tokenizer, tokens):
    cutter = read_tokenizer(tokenizer)
    sequences = read_tokens(tokens).train.sequences
    assert sequences.dtype == np.uint16
    text = "".join(documents(corpus, "train"))
    packed = cutter.decode(sequences.ravel().tolist())
    assert text.startswith(packed)
    left_over = cutter.encode(text[len(packed) :]).ids
    assert len(left_over) < sequences.shape[1]


def test_a_separator_stands_behind_every_document(corpus, tokenizer, pack):
    sequences = pack(separator="end-of-text").validation.sequences
    text = read_tokenizer(tokenizer).decode(sequences.ravel().tolist(), skip_special_tokens=False)
    expected = "".join(each + END_OF_TEXT for each in documents(corpus, "validation"))
    assert expected.startswith(text)
    assert text.count(END_OF_TEXT) >= 19


def test_a_yen_ends_every_sequence_of_the_same_text(tokenizer, pack):
    none = pack(context_length=7).train
    yen = pack(separator="yen").train
    assert (yen.sequences[:, -1] == read_tokenizer(tokenizer).token_to_id("¥")).all()
    np.testing.assert_array_equal(yen.sequences[:, :-1], none.sequences)
    assert yen.predicted_bytes == none.predicted_bytes


def test_a_tokenizer_without_a_yen_is_refused(tokenizer, tmp_path, pack):
    without = changed(tokenizer, tmp_path, lambda ids: ids.update({"no yen": ids.pop("¥")}))
    with pytest.raises(InputError, match="separator yen: the tokenizer has no token ¥"):
        pack(tokenizer=without, separator="yen")


@pytest.mark.slow
def test_a_large_vocabulary_takes_four_bytes_a_token(tokenizer, tmp_path, pack):
    unused = {f"unused{number}": number for number in range(290, 2**16 + 1)}
    large = changed(tokenizer, tmp_path, lambda ids: ids.update(unused))
    assert pack(tokenizer=large).train.sequences.dtype == np.uint32


def test_ids_may_have_gaps(tokenizer, tmp_path, pack):
    gap = changed(tokenizer, tmp_path, lambda ids: ids.update({".": 70000}))
    sequences = pack(tokenizer=gap).train.sequences
    assert sequences.max() == 70000
    assert "." in read_tokenizer(gap).decode(sequences.ravel().tolist())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"context_length": 10**6}, r"only \d+ tokens in .*: expected at least one sequence"),
        ({"context_length": 0}, "context_length 0: expected"),
        ({"context_length": 1}, "context_length 1: expected"),
        ({"context_length": 2, "separator": "yen"}, "context_length 2: expected"),
    ],
)
def test_a_sequence_is_full_and_has_a_token_to_predict(tmp_path, pack, options, words):
    with pytest.raises(InputError, match=words):
        pack(**options)
    assert not list(tmp_path.iterdir())


def test_a_bad_corpus_leaves_nothing(tmp_path, pack):
    (tmp_path / "train.jsonl").write_bytes(b'{"text": "caf\xe9"}\n')
    write_documents(tmp_path, "validation", ["café"])
    with pytest.raises(InputError, match=r"not UTF-8.*train\.jsonl, line 1"):
        pack(corpus=tmp_path)
    assert {place.name for place in tmp_path.iterdir()} == {"train.jsonl", "validation.jsonl"}


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("train.npy", lambda content: content[:-7], "damaged or cut off .*train.npy"),
        ("train.npy", lambda content: b"", "damaged or cut off .*train.npy"),
        ("validation.npy", lambda content: content[7:], "damaged or cut off .*validation.npy"),
        ("tokens.json", lambda content: b"{}", r"train.npy has shape \(.*: .* expects an entry"),
        (
            "tokens.json",
            lambda content: content.replace(b'"num_sequences": ', b'"num_sequences": 1'),
            r"train.npy has shape \(.*, 32\): tokens.json expects 1",
        ),
    ],
)
def test_damaged_tokens_are_named(tokens, tmp_path, name, change, words):
    shutil.copytree(tokens, tmp_path / "tokens")
    (tmp_path / "tokens" / name).write_bytes(change((tokens / name).read_bytes()))
    with pytest.raises(InputError, match=words):
        read_tokens(tmp_path / "tokens")


def test_missing_tokens_are_named(tmp_path):
    with pytest.raises(InputError, match=r"tokens\.json, train\.npy, validation\.npy missing"):
        read_tokens(tmp_path)
