import json
import random

import numpy as np
import pytest

from components.formats.corpus import write_documents
from components.formats.tokenizer import END_OF_TEXT, read_tokenizer
from components.formats.tokens import read_tokens
from components.runtime.errors import InputError
from components.tokenization import byte_counts
from components.tokenization.byte_counts import ByteCounts
from components.tokenization.stage import tokenization
from tests.tokenization.kinds import TEXTS, TOKENIZERS

PARTS_OF_UNICODE = [
    (0x0, 0x20),
    (0x20, 0x7F),
    (0x80, 0x530),
    (0x590, 0x700),
    (0x900, 0xA00),
    (0x1100, 0x1200),
    (0x2000, 0x2070),
    (0x20D0, 0x2100),
    (0x3000, 0x3100),
    (0x4E00, 0x5000),
    (0xAC00, 0xAD00),
    (0xE000, 0xE100),
    (0xFE00, 0x10000),
    (0x1D400, 0x1D500),
    (0x1F300, 0x1F700),
    (0xE0000, 0xE0080),
]
CONTRACTIONS = "'s't're've'm'll'd'S'T 0123456789 \t\r\n  \u00a0\u2028\u0085\u200d\ufeff"


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


@pytest.mark.parametrize("difference", ["the first document", "one in many"])
def test_where_fastokens_differs_tokenizers_makes_all_tokens(
    corpus, tokenizer, tmp_path, monkeypatch, capsys, difference
):
    options = {"corpus": corpus, "tokenizer": tokenizer, "context_length": 8}
    tokenization(**options, tokens=tmp_path / "right")
    if difference == "one in many":
        monkeypatch.setattr(byte_counts, "FIRST_COMPARED", 0)
        monkeypatch.setattr(byte_counts, "COMPARED", 7)
    loaded = byte_counts._fast(read_tokenizer(tokenizer))

    class Wrong:
        def encode_batch_flat(self, texts, **flags):
            ids, ends = loaded.encode_batch_flat(texts, **flags)
            return bytes(len(ids)), ends

    monkeypatch.setattr(byte_counts, "_fast", lambda tokenizer: Wrong())
    tokenization(**options, tokens=tmp_path / "found")
    for name in ("train.npy", "validation.npy", "tokens.json"):
        found, right = (tmp_path / folder / name for folder in ("found", "right"))
        assert found.read_bytes() == right.read_bytes()
    number = 1 if difference == "the first document" else 7
    assert f"differ in document {number}: beginning again" in capsys.readouterr().err


def hostile_texts(num_texts, *, seed):
    """Texts of letters from every corner of Unicode, contractions, spaces and special tokens."""
    draws = random.Random(seed)
    pools = [range(first, last) for first, last in PARTS_OF_UNICODE] + [
        list(map(ord, CONTRACTIONS))
    ]

    def text():
        parts = []
        for _ in range(draws.randint(1, 6)):
            pool = draws.choice(pools)
            length = draws.randint(1, draws.choice([3, 12, 60]))
            parts += [chr(draws.choice(pool)) for _ in range(length)]
            parts += draws.choice([[], [], [END_OF_TEXT], [END_OF_TEXT[:-1]]])
        return "".join(parts)

    long = [each * 5000 for each in (" ", "a", "\n", "é", "1", "ab ", "'s")]
    return [text() for _ in range(num_texts)] + long


@pytest.mark.slow
@pytest.mark.parametrize("name", ["gpt2", "neuro"])
def test_fastokens_makes_the_published_tokenizers_tokens_of_hostile_texts(reference, name):
    tokenizer = read_tokenizer(reference / "tokenizers" / name)
    texts = hostile_texts(2_000, seed=1)
    found = [part[0].tolist() for part in ByteCounts(tokenizer)(texts)]
    encodings = tokenizer.encode_batch_fast(texts, add_special_tokens=False)
    assert found == [encoding.ids for encoding in encodings]


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
