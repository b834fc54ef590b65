"""The tokenization stage."""

import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import version
from itertools import islice
from pathlib import Path

from components.formats.corpus import SPLITS, Split, documents, split_files
from components.formats.tokenizer import FILES, copy_tokenizer, read_tokenizer
from components.formats.tokens import SplitCounts, write_counts, write_sequences
from components.runtime.atomic import check_output, folder_lock, written_folder
from components.runtime.errors import InputError
from components.runtime.progress import Progress
from components.runtime.ranges import check_count
from components.runtime.state import code_files, state_key
from components.tokenization.byte_counts import ByteCounts, TokensDifferError
from components.tokenization.packing import Separator, Shard, pack
from components.tokenization.shards import Shards


def tokenization(
    *,
    corpus: Path,
    tokenizer: Path,
    tokens: Path,
    context_length: int,
    separator: Separator = "none",
    state: Path = Path(".state"),
) -> None:
    """Tokenizes a corpus and packs the tokens into sequences of the model's context length.

    Finished shards of the corpus are kept when it is stopped. The same command resumes behind them
    and writes the files of an uninterrupted run.

    Args:
        corpus: Folder of the corpus (train.jsonl and validation.jsonl).
        tokenizer: Folder of the tokenizer.
        tokens: Output folder of the packed tokens and a copy of the tokenizer.
        context_length: Length of a sequence in tokens.
        separator: Separator: none (as published), end-of-text (`<|endoftext|>` behind each
            document) or yen (`¥` at the end of each sequence, as in the published separator runs).
        state: Folder of finished shards.

    Raises:
        InputError: The corpus or the tokenizer is bad, a split fills no sequence, a sequence would
            have no token of text to predict, or another process makes the same tokens.
    """
    check_count("context_length", context_length, at_least=3 if separator == "yen" else 2)
    check_output(tokens)
    loaded = read_tokenizer(tokenizer)
    files = [file for split in SPLITS for file in split_files(corpus, split)]
    files += [tokenizer / name for name in FILES if (tokenizer / name).is_file()]
    files += code_files("tokenization", "formats/corpus.py", "formats/tokenizer.py")
    settings = {
        "tokens": tokens.name,  # what is tokenized alike may be so at one time
        "context_length": context_length,
        "separator": separator,
        "versions": [version(package) for package in ("fastokens", "tokenizers")],
    }
    folder = state / state_key(settings, files=files)
    slow = folder / "tokenizers"  # there once the libraries differ

    def tokenize(*, fast: bool) -> dict[Split, Shards]:
        byte_counts = ByteCounts(loaded, fast=fast)
        split_shards = {
            split: Shards(folder / "fastokens" if fast else slow, split) for split in SPLITS
        }
        try:
            for split, shards in split_shards.items():
                packed = partial(
                    pack,
                    tokenizer=loaded,
                    byte_counts=byte_counts,
                    context_length=context_length,
                    separator=separator,
                )
                _finish(shards, documents(corpus, split), packed=packed, split=split)
        except TokensDifferError as error:
            line = f"fastokens and tokenizers differ in {error}: beginning again without fastokens"
            print(line, file=sys.stderr)  # noqa: T201
            shutil.rmtree(folder / "fastokens", ignore_errors=True)
            slow.mkdir()
            return tokenize(fast=False)
        return split_shards

    with folder_lock(folder):
        try:
            split_shards = tokenize(fast=not slow.is_dir())
            with written_folder(tokens) as made:
                counts = {
                    split: _join(shards, split=split, folder=made, where=f"{corpus}, {split}")
                    for split, shards in split_shards.items()
                }
                write_counts(made, counts)
                copy_tokenizer(tokenizer, made)
        except InputError:
            shutil.rmtree(folder, ignore_errors=True)  # of no use: what mends it changes the key
            raise
        shutil.rmtree(folder)
    print(f"{tokens}: {counts['train'].num_sequences:,} sequences of {context_length} tokens")  # noqa: T201


def _finish(
    shards: Shards, texts: Iterator[str], *, packed: Callable[..., Iterator[Shard]], split: Split
) -> None:
    """Makes the shards of a split that are not there yet."""
    last = shards.last()
    done = last.counts.num_documents if last else 0
    with Progress(f"tokenize {split}", total=None, unit="documents", done=done) as progress:
        for shard in packed(islice(texts, done, None), last=last):
            shards.append(shard)
            now_done = shard.counts.num_documents
            progress.advance(now_done - progress.done, note=f"shard {len(shards):,}")


def _join(shards: Shards, *, split: Split, folder: Path, where: str) -> SplitCounts:
    """Writes the sequences of all shards and returns what they amount to."""
    last = shards.last()
    assert last  # a corpus has a document
    sequence_length = last.sequences.shape[1]
    if not last.counts.num_sequences:
        found = f"only {last.rest.shape[1]} tokens in {where}"
        raise InputError(f"{found}: expected at least one sequence of {sequence_length}")
    write_sequences(
        folder,
        split,
        shards.sequences(),
        dtype=last.sequences.dtype,
        sequence_length=sequence_length,
    )
    return last.counts
