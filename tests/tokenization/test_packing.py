import json
import shutil

import numpy as np
import pytest

from components.formats.corpus import documents, write_documents
from components.formats.tokenizer import END_OF_TEXT, read_tokenizer
from components.formats.tokens import read_tokens
from components.runtime.errors import InputError
from components.tokenization.stage import tokenization


def test_rows_hold_the_documents_end_to_end(corpus, tokenizer, tokens):
    cutter = read_tokenizer(tokenizer)
    sequences = read_tokens(tokens).train.sequences
    assert sequences.dtype == np.uint16
    text = "".join(documents(corpus, "train"))
    packed = cutter.decode(sequences.ravel().tolist())
    assert text.startswith(packed)
    left_over = cutter.encode(text[len(packed) :]).ids
    assert len(left_over) < sequences.shape[1]


def test_a_separator_stands_behind_every_document(corpus, tokenizer, tmp_path):
    tokenization(
        corpus=corpus,
        tokenizer=tokenizer,
        tokens=tmp_path / "tokens",
        context_length=8,
        separator="end-of-text",
    )
    sequences = read_tokens(tmp_path / "tokens").validation.sequences
    text = read_tokenizer(tokenizer).decode(sequences.ravel().tolist(), skip_special_tokens=False)
    expected = "".join(each + END_OF_TEXT for each in documents(corpus, "validation"))
    assert expected.startswith(text)
    assert text.count(END_OF_TEXT) >= 19


def test_a_yen_ends_every_sequence_of_the_same_text(corpus, tokenizer, tmp_path):
    packed = {}
    for separator, length in (("none", 7), ("yen", 8)):
        folder = tmp_path / separator
        tokenization(
            corpus=corpus,
            tokenizer=tokenizer,
            tokens=folder,
            context_length=length,
            separator=separator,
        )
        packed[separator] = read_tokens(folder).train
    yen = read_tokenizer(tokenizer).token_to_id("¥")
    assert (packed["yen"].sequences[:, -1] == yen).all()
    np.testing.assert_array_equal(packed["yen"].sequences[:, :-1], packed["none"].sequences)
    assert packed["yen"].predicted_bytes == packed["none"].predicted_bytes


def test_a_tokenizer_without_a_yen_is_refused(corpus, tokenizer, tmp_path):
    text = (tokenizer / "tokenizer.json").read_text(encoding="utf-8")
    content = json.loads(text)
    content["model"]["vocab"]["no yen"] = content["model"]["vocab"].pop("¥")
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="separator yen: the tokenizer has no token ¥"):
        tokenization(
            corpus=corpus,
            tokenizer=tmp_path,
            tokens=tmp_path / "tokens",
            context_length=8,
            separator="yen",
        )


@pytest.mark.slow
def test_a_large_vocabulary_takes_four_bytes_a_token(corpus, tokenizer, tmp_path, monkeypatch):
    content = json.loads((tokenizer / "tokenizer.json").read_text())
    vocabulary = content["model"]["vocab"]
    vocabulary |= {f"unused{number}": number for number in range(len(vocabulary), 2**16 + 1)}
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    tokenization(corpus=corpus, tokenizer=tmp_path, tokens=tmp_path / "tokens", context_length=8)
    assert read_tokens(tmp_path / "tokens").train.sequences.dtype == np.uint32


def test_a_corpus_that_fills_no_sequence_is_refused(tmp_path, corpus, tokenizer):
    with pytest.raises(InputError, match=r"only \d+ tokens in .*: expected at least one sequence"):
        tokenization(
            corpus=corpus, tokenizer=tokenizer, tokens=tmp_path / "x", context_length=10**6
        )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("separator", "length"), [("none", 0), ("none", 1), ("yen", 2)])
def test_a_sequence_has_a_token_to_predict(tmp_path, corpus, tokenizer, separator, length):
    flags = {"corpus": corpus, "tokenizer": tokenizer, "tokens": tmp_path / "x"}
    with pytest.raises(InputError, match=f"context_length {length}: expected"):
        tokenization(**flags, context_length=length, separator=separator)


def test_a_bad_corpus_leaves_nothing(tmp_path, tokenizer):
    (tmp_path / "train.jsonl").write_bytes(b'{"text": "caf\xe9"}\n')
    write_documents(tmp_path, "validation", ["café"])
    with pytest.raises(InputError, match=r"not UTF-8.*train\.jsonl, line 1"):
        tokenization(
            corpus=tmp_path, tokenizer=tokenizer, tokens=tmp_path / "tokens", context_length=8
        )
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
