"""Tokenizers of every kind, trained on a few texts."""

from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)

from components.formats.tokenizer import END_OF_TEXT

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
