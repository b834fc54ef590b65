import json

import numpy as np
import pytest

from components.formats.corpus import write_documents
from components.formats.tokenizer import END_OF_TEXT, read_tokenizer
from components.formats.tokens import read_tokens
from components.runtime.errors import InputError
from components.tokenization.byte_counts import ByteCounts
from components.tokenization.stage import tokenization
from tests.tokenization.kinds import TEXTS, TOKENIZERS


@pytest.mark.parametrize("tokenizer", TOKENIZERS.values(), ids=TOKENIZERS)
def test_the_tokens_of_a_text_stand_for_all_of_its_bytes(tokenizer):
    for text, (ids, sizes) in zip(TEXTS, ByteCounts(tokenizer)(TEXTS), strict=True):
        assert ids.tolist() == tokenizer.encode(text, add_special_tokens=False).ids
        assert sizes.sum() == (len(text.encode()) if ids.size else 0)
        assert (sizes >= 0).all()


def test_a_byte_level_token_stands_for_its_own_bytes():
    tokenizer = TOKENIZERS["byte-level"]
    for ids, sizes in ByteCounts(tokenizer)(TEXTS[:4]):
        names = [tokenizer.id_to_token(number) for number in ids.tolist()]
        assert sizes.tolist() == [len(name) for name in names]


@pytest.mark.parametrize("name", ["byte-level", "SentencePiece"])
def test_predicted_bytes_are_those_of_all_but_the_first_tokens(tmp_path, name):
    TOKENIZERS[name].save(str(tmp_path / "tokenizer.json"))
    for split in ("train", "validation"):
        write_documents(tmp_path / "corpus", split, TEXTS[:3] * 9)
    tokenization(
        corpus=tmp_path / "corpus",
        tokenizer=tmp_path,
        tokens=tmp_path / "tokens",
        context_length=16,
        separator="end-of-text",
    )
    packed = read_tokens(tmp_path / "tokens").train
    end = np.array([[TOKENIZERS[name].token_to_id(END_OF_TEXT)], [0]])
    documents = ByteCounts(TOKENIZERS[name])(TEXTS[:3] * 9)
    tokens = np.hstack([part for document in documents for part in (document, end)])
    ids, sizes = tokens[:, : packed.sequences.size].reshape(2, -1, 16)
    np.testing.assert_array_equal(packed.sequences, ids)
    assert packed.predicted_bytes == sizes[:, 1:].sum()


def test_ids_may_have_gaps(tmp_path, corpus, tokenizer):
    content = json.loads((tokenizer / "tokenizer.json").read_text())
    content["model"]["vocab"]["."] = 70000
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    tokenization(corpus=corpus, tokenizer=tmp_path, tokens=tmp_path / "tokens", context_length=8)
    sequences = read_tokens(tmp_path / "tokens").train.sequences
    assert sequences.max() == 70000
    text = read_tokenizer(tmp_path).decode(sequences.ravel().tolist())
    assert "." in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"continuing_subword_prefix": "##"}, "no usable tokenizer in"),
        ({"vocab": {"a": 2**31}, "merges": []}, "token id 2147483648 in .*: expected less than"),
        (
            {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "<unk>"},
            "the tokenizer cannot split a text: .*Missing",
        ),
    ],
)
def test_a_tokenizer_that_cannot_be_used_is_refused(tmp_path, corpus, tokenizer, change, words):
    content = json.loads((tokenizer / "tokenizer.json").read_text())
    content["model"] |= change
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    flags = {"corpus": corpus, "tokenizer": tmp_path, "tokens": tmp_path / "tokens"}
    with pytest.raises(InputError, match=words):
        tokenization(**flags, context_length=8)
