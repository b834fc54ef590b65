"""Byte-level BPE as GPT-2 has it."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from components.formats.tokenizer import END_OF_TEXT
from components.runtime.errors import InputError

# tokenizers' trainer counts pairs in 32 bits with a sign; what goes beyond is lost silently.
LARGEST_COUNT = 2**31 - 1
ALPHABET = pre_tokenizers.ByteLevel.alphabet()  # one symbol a byte, so no text is unknown


def train_bpe(texts: Iterable[str], *, vocabulary_size: int) -> Tokenizer:
    """A byte-level BPE tokenizer with GPT-2's settings, its merges learnt from texts.

    Published as training a new tokenizer from GPT-2's (arXiv 2405.09395): the 256 bytes and
    `<|endoftext|>` as token 0, then merges by frequency.

    Args:
        texts: What to learn the merges from.
        vocabulary_size: Maximum number of tokens; fewer where the texts run out of pairs.

    Raises:
        InputError: The vocabulary could not hold the 256 bytes and `<|endoftext|>`, or a byte is
            in the texts so often that counts of pairs with it may overflow.
    """
    smallest = len(ALPHABET) + 1
    if vocabulary_size < smallest:
        raise InputError(f"vocabulary_size {vocabulary_size}: expected at least {smallest}")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=ALPHABET,
        show_progress=False,
    )
    tokenizer.train_from_iterator(_countable(texts), trainer)
    return tokenizer


def _countable(texts: Iterable[str]) -> Iterator[str]:
    """The texts, as long as no byte, and so no pair, is there more often than can be counted."""
    counts = np.zeros(256, np.int64)
    for text in texts:
        counts += np.bincount(np.frombuffer(text.encode(), np.uint8), minlength=256)
        if (most := counts.max()) > LARGEST_COUNT:
            found = f"{most:,} times the byte {counts.argmax():#04x}"
            raise InputError(
                f"{found} in the texts: expected at most {LARGEST_COUNT:,}, which is as far as"
                " tokenizers counts pairs; train on a part of the corpus"
            )
        yield text


def hugging_face_files(tokenizer: Tokenizer, *, folder: Path) -> None:
    """Writes a tokenizer so that `AutoTokenizer.from_pretrained(folder)` reads it."""
    from transformers import PreTrainedTokenizerFast

    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        bos_token=END_OF_TEXT,
        eos_token=END_OF_TEXT,
        unk_token=END_OF_TEXT,
    ).save_pretrained(folder)
