import json

import numpy as np
import pytest
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)

from components.formats.corpus import write_documents
from components.formats.tokenizer import END_OF_TEXT, read_tokenizer
from components.formats.tokens import read_tokens
from components.tokenization.byte_counts import ByteCounts
from components.tokenization.stage import tokenization

TEXTS = [
    "海馬の神経細胞は睡眠中に再活動する。",
    "Naïve ﬁne γ cells — “quoted”, 𝄞 and e\u0301.",
    "  The CAT,\tthe  cat\n\n and 12½ cats ",
    "a",
    "",
    " ",
    f"It says {END_OF_TEXT} and <unk>, naïve ones, ab",
]


def byte_level(**flags):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(**flags)
    tokenizer.decoder = decoders.ByteLevel()
    return trained(tokenizer, trainers.BpeTrainer, alphabet=pre_tokenizers.ByteLevel.alphabet())


def trained(tokenizer, trainer, alphabet=(), **options):
    """A tokenizer trained on a few of the texts."""
    with_alphabet = {"initial_alphabet": list(alphabet)} if alphabet else {}
    special = ["<unk>", END_OF_TEXT]
    options = {"vocab_size": 320, "special_tokens": special, "show_progress": False, **options}
    tokenizer.train_from_iterator(TEXTS[:3] * 3, trainer(**options, **with_alphabet))
    return tokenizer


def normalized(*normalizer):
    tokenizer = byte_level(add_prefix_space=False)
    tokenizer.normalizer = normalizers.Sequence(list(normalizer))
    return tokenizer


def with_added_tokens():
    tokenizer = byte_level(add_prefix_space=False)
    tokenizer.add_tokens(["naïve", AddedToken("ab", lstrip=True), AddedToken("is", rstrip=True)])
    return tokenizer


def sentencepiece():
    """A merge of bytes and characters, a space as ▁, as Llama 2 has it."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    return trained(
        tokenizer, trainers.BpeTrainer, special_tokens=["<unk>", END_OF_TEXT, *bytes_]
    )  # fmt: skip


def metaspace():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return trained(tokenizer, trainers.UnigramTrainer, unk_token="<unk>")


def word_piece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="<unk>"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return trained(tokenizer, trainers.WordPieceTrainer)


def words():
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return trained(tokenizer, trainers.WordLevelTrainer)


TOKENIZERS = {
    "byte-level": byte_level(add_prefix_space=False),
    "byte-level with a prefix": byte_level(add_prefix_space=True),
    "byte-level, NFKC": normalized(normalizers.NFKC()),
    "byte-level, lower case, stripped": normalized(normalizers.Lowercase(), normalizers.Strip()),
    "byte-level, added tokens": with_added_tokens(),
    "SentencePiece": sentencepiece(),
    "Metaspace": metaspace(),
    "WordPiece": word_piece(),
    "words": words(),
}


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
