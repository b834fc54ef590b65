"""A small corpus, and the tokenizer, the tokens and the weights of small models for it."""

import random

import pytest

from components.formats.corpus import write_documents

WORDS = "alpha beta gamma delta ratio increased decreased of the in cells and".split()  # noqa: SIM905
CONTEXT_LENGTH = 32
VOCABULARY_SIZE = 290


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """A small corpus."""
    folder = tmp_path_factory.mktemp("corpus")
    draw = random.Random(1)
    for split, count in (("train", 60), ("validation", 20)):
        texts = [" ".join(draw.choice(WORDS) for _ in range(60)) + "." for _ in range(count)]
        write_documents(folder, split, texts)
    return folder


@pytest.fixture(scope="session")
def tokenizer(corpus, tmp_path_factory):
    """A tokenizer trained on the small corpus."""
    from components.tokenizer.stage import tokenizer

    folder = tmp_path_factory.mktemp("tokenizers") / "small"
    tokenizer(source=corpus, tokenizer=folder, vocabulary_size=VOCABULARY_SIZE)
    return folder


@pytest.fixture(scope="session")
def tokens(corpus, tokenizer, tmp_path_factory):
    """The small corpus as packed tokens."""
    from components.tokenization.stage import tokenization

    folder = tmp_path_factory.mktemp("tokens")
    tokenization(
        corpus=corpus,
        tokenizer=tokenizer,
        tokens=folder / "small",
        context_length=CONTEXT_LENGTH,
        state=folder / "state",
    )
    return folder / "small"


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """Random weights of a small GPT-2 with dropout."""
    folder = tmp_path_factory.mktemp("weights") / "small"
    return initialized(folder, context_length=CONTEXT_LENGTH, dropout=0.1, seed=1)


@pytest.fixture(scope="session")
def long_weights(tmp_path_factory):
    """Random weights of a small GPT-2 without dropout that sees 256 tokens."""
    folder = tmp_path_factory.mktemp("weights") / "long"
    return initialized(folder, context_length=256, dropout=0, initializer_range=0.2, seed=2)


def initialized(
    folder,
    *,
    context_length,
    dropout,
    seed,
    initializer_range=0.02,
    vocabulary_size=VOCABULARY_SIZE,
):
    """Writes the weights of a small GPT-2 into a folder and returns it."""
    from components.initialization.stage import initialization

    initialization(
        weights=folder,
        num_layers=2,
        num_heads=2,
        hidden_size=16,
        context_length=context_length,
        vocabulary_size=vocabulary_size,
        dropout=dropout,
        initializer_range=initializer_range,
        seed=seed,
    )
    return folder
