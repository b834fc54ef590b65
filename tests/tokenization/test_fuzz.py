"""Generated corpora and tokenizers."""

import gzip
import json

import numpy as np
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.formats.corpus import SPLITS, documents
from components.formats.tokenizer import read_tokenizer, vocabulary_size
from components.formats.tokens import read_tokens
from components.runtime.atomic import written_folder
from components.tokenization.byte_counts import ByteCounts
from components.tokenization.stage import tokenization
from tests.fuzz import damaged_bytes, damaged_json, few_examples, run_in_process
from tests.tokenization.kinds import TOKENIZERS

TEXTS = ["alpha beta gamma", "naïve γ cells — “quoted”", "海馬の神経細胞は 𝄞", "the end of it all"]
LINES = b"".join(json.dumps({"text": text, "year": 2002}).encode() + b"\n" for text in TEXTS)
SPELLED = "\r\n".join(json.dumps({"text": text}, ensure_ascii=False) for text in TEXTS).encode()
COMPRESSED = {
    "train.jsonl": lambda content: content,
    "train.jsonl.gz": gzip.compress,
    "train.jsonl.zst": lambda content: pyarrow.compress(content, codec="zstd", asbytes=True),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


def tokenized(folder, *, corpus, tokenizer):
    """Runs the stage and returns the line that refuses; checks what it wrote otherwise."""
    flags = {"corpus": corpus, "tokenizer": tokenizer, "tokens": folder / "tokens"}
    refused = run_in_process(
        tokenization, "--context-length", 4, *(f"--{name}={value}" for name, value in flags.items())
    )
    assert not list(folder.glob("*.partial"))
    if refused is None:
        cutter = read_tokenizer(tokenizer)
        for split, packed in zip(SPLITS, read_tokens(folder / "tokens"), strict=True):
            texts = list(documents(corpus, split))
            parts = list(ByteCounts(cutter)(texts))
            for text, (ids, sizes) in zip(texts, parts, strict=True):
                assert sizes.sum() == len(text.encode()) or not ids.size
            ids, sizes = np.hstack(parts)[:, : packed.sequences.size].reshape(2, -1, 4)
            np.testing.assert_array_equal(packed.sequences, ids)
            assert packed.predicted_bytes == sizes[:, 1:].sum()
            assert packed.sequences.max() < vocabulary_size(cutter)
    return refused


@few_examples
@given(data=st.data(), content=st.sampled_from([LINES, SPELLED]))
def test_any_lines_are_the_same_texts_or_refused(folder, tokenizer, data, content):
    damaged = data.draw(damaged_bytes(content))
    with written_folder(folder / "corpus") as corpus:
        (corpus / "train.jsonl").write_bytes(damaged)
        (corpus / "validation.jsonl").write_bytes(LINES)
    if tokenized(folder, corpus=folder / "corpus", tokenizer=tokenizer) is None:
        lines = [line.removeprefix(b"\xef\xbb\xbf").decode() for line in damaged.split(b"\n")]
        rows = [json.loads(line) for line in lines if line.strip()]
        assert list(documents(folder / "corpus", "train")) == [row["text"] for row in rows]


@few_examples
@given(data=st.data(), name=st.sampled_from(list(COMPRESSED)))
def test_a_damaged_file_is_its_texts_or_refused(folder, tokenizer, data, name):
    content = COMPRESSED[name](LINES)
    with written_folder(folder / "corpus") as corpus:
        (corpus / name).write_bytes(data.draw(damaged_bytes(content)))
        (corpus / "validation.jsonl").write_bytes(LINES)
    tokenized(folder, corpus=folder / "corpus", tokenizer=tokenizer)


@few_examples
@given(data=st.data(), kind=st.sampled_from(list(TOKENIZERS)))
def test_a_changed_tokenizer_is_what_it_says_or_refused(folder, data, kind):
    content = TOKENIZERS[kind].to_str()
    with written_folder(folder / "corpus") as small, written_folder(folder / "changed") as changed:
        (small / "train.jsonl").write_bytes(LINES)
        (small / "validation.jsonl").write_bytes(SPELLED)
        (changed / "tokenizer.json").write_text(data.draw(damaged_json(content)), encoding="utf-8")
    tokenized(folder, corpus=folder / "corpus", tokenizer=folder / "changed")
