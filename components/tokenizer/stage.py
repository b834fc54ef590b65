"""The tokenizer stage."""

from pathlib import Path

from components.formats.corpus import documents, has_split
from components.formats.tokenizer import MOST_TOKENS, read_tokenizer
from components.formats.tokenizer import vocabulary_size as size_of
from components.runtime.atomic import written_folder
from components.runtime.errors import InputError
from components.runtime.ranges import check_count


def tokenizer(*, source: Path, tokenizer: Path, vocabulary_size: int) -> None:
    """Trains a byte-level BPE tokenizer on a corpus, or copies an existing tokenizer.

    Args:
        source: Folder of a corpus (train.jsonl, which may be compressed or Parquet) to train on, or
            of a tokenizer (tokenizer.json) to copy.
        tokenizer: Output folder of the tokenizer, in Hugging Face's format.
        vocabulary_size: Number of tokens in the vocabulary, including special tokens; of an
            existing tokenizer, its highest token id plus 1.

    Raises:
        InputError: The source is neither of the two or both, its corpus is bad or too small for
            the vocabulary, or the existing tokenizer has another vocabulary size.
    """
    check_count("vocabulary_size", vocabulary_size, at_most=MOST_TOKENS)

    from components.tokenizer.bpe import hugging_face_files, train_bpe

    has_corpus, has_tokenizer = has_split(source, "train"), (source / "tokenizer.json").is_file()
    if has_corpus == has_tokenizer:
        found = "both" if has_corpus else "neither"
        raise InputError(f"expected train.jsonl or tokenizer.json in {source}: found {found}")
    if has_corpus:
        trained = train_bpe(documents(source, "train"), vocabulary_size=vocabulary_size)
    else:
        trained = read_tokenizer(source)
    found_size = size_of(trained)
    if found_size != vocabulary_size:
        raise InputError(f"{found_size:,} tokens from {source}: expected {vocabulary_size:,}")
    with written_folder(tokenizer) as folder:
        hugging_face_files(trained, folder=folder)
    print(f"{tokenizer}: {found_size:,} tokens")  # noqa: T201
