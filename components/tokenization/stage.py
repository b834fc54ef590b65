"""The tokenization stage."""

import sys
from pathlib import Path

from components.formats.corpus import SPLITS, Split, documents
from components.formats.tokenizer import copy_tokenizer, read_tokenizer
from components.formats.tokens import SplitCounts, write_counts
from components.runtime.atomic import written_folder
from components.runtime.progress import Progress
from components.runtime.ranges import check_count
from components.tokenization.byte_counts import ByteCounts, TokensDifferError
from components.tokenization.packing import Separator, pack


def tokenization(
    *,
    corpus: Path,
    tokenizer: Path,
    tokens: Path,
    context_length: int,
    separator: Separator = "none",
) -> None:
    """Tokenizes a corpus and packs the tokens into sequences of the model's context length.

    Args:
        corpus: Folder of the corpus (train.jsonl and validation.jsonl).
        tokenizer: Folder of the tokenizer.
        tokens: Output folder of the packed tokens and a copy of the tokenizer.
        context_length: Length of a sequence in tokens.
        separator: Separator: none (as published), end-of-text (`<|endoftext|>` behind each
            document) or yen (`¥` at the end of each sequence, as in the published separator runs).

    Raises:
        InputError: The corpus or the tokenizer is bad, a split fills no sequence, or a sequence
            would have no token of text to predict.
    """
    check_count("context_length", context_length, at_least=3 if separator == "yen" else 2)
    loaded = read_tokenizer(tokenizer)

    def pack_all(*, fast: bool) -> dict[Split, SplitCounts]:
        counts: dict[Split, SplitCounts] = {}
        byte_counts = ByteCounts(loaded, fast=fast)
        for split in SPLITS:
            with Progress(f"tokenize {split}", total=None, unit="documents") as progress:
                counts[split] = pack(
                    documents(corpus, split),
                    tokenizer=loaded,
                    byte_counts=byte_counts,
                    context_length=context_length,
                    separator=separator,
                    folder=folder,
                    split=split,
                    where=f"{corpus}, {split}",
                    progress=progress,
                )
        return counts

    with written_folder(tokens) as folder:
        try:
            counts = pack_all(fast=True)
        except TokensDifferError as error:
            line = f"fastokens and tokenizers differ in {error}: beginning again without fastokens"
            print(line, file=sys.stderr)  # noqa: T201
            counts = pack_all(fast=False)
        write_counts(folder, counts)
        copy_tokenizer(tokenizer, folder)
    print(f"{tokens}: {counts['train'].num_sequences:,} sequences of {context_length} tokens")  # noqa: T201
