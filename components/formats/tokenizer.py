"""A tokenizer's folder, as Hugging Face writes it. What `tokenizer.json` says is what counts."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import tokenizers
from tokenizers import Tokenizer

from components.formats.model_files import check_tokenizer_files
from components.runtime.errors import InputError

END_OF_TEXT = "<|endoftext|>"  # GPT-2's only special token: it parts documents
MOST_TOKENS = 2**24  # a hundred times the usual; a model has an embedding for each id
FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")  # the last: older


def read_tokenizer(folder: Path, *, end_of_text: bool = True) -> Tokenizer:
    """The tokenizer in a folder, set to neither truncate nor pad.

    It is what `tokenizer.json` says: transformers would build the class that tokenizer_config.json
    names, which may drop its normalizer, its split or its special tokens.

    Args:
        folder: Folder that holds `tokenizer.json`.
        end_of_text: Whether it must have the token `<|endoftext|>`.

    Raises:
        InputError: The file is missing, no tokenizer or one whose tokens are random, or lacks
            `<|endoftext|>`.
    """
    names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    check_tokenizer_files(names, where=str(folder))
    file = folder / "tokenizer.json"
    _check_merges(file)
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # noqa: BLE001 - tokenizers raises the bare class
        version = f"tokenizers {tokenizers.__version__}"
        raise InputError(f"not a tokenizer that {version} reads ({error}): {file}") from None
    if getattr(tokenizer.model, "dropout", None):
        raise InputError(f"dropout {tokenizer.model.dropout} in {file}: expected none in use")
    if end_of_text and tokenizer.token_to_id(END_OF_TEXT) is None:
        raise InputError(f"no token {END_OF_TEXT} in {file}")
    if (size := vocabulary_size(tokenizer)) > MOST_TOKENS:
        raise InputError(f"token id {size - 1} in {file}: expected less than {MOST_TOKENS}")
    tokenizer.no_truncation()  # the published files hold a limit of 1,024 tokens
    tokenizer.no_padding()
    return tokenizer


def _check_merges(file: Path) -> None:
    """Refuses merges that do not fit the prefix of word parts: tokenizers ends the process there.

    It cuts as many bytes from a merge's second part as the prefix has characters.
    """
    content = file.read_bytes()
    if not re.search(rb'"continuing_subword_prefix"\s*:\s*"', content):
        return
    try:
        model = json.loads(content)["model"]
        prefix, merges = model.get("continuing_subword_prefix"), model.get("merges", ())
        parts = [each.split(" ") if isinstance(each, str) else each for each in merges]
        fits = not prefix or (
            prefix.isascii() and all(second.startswith(prefix) for _, second in parts)
        )
    except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
        return  # tokenizers says what is wrong
    if not fits:
        raise InputError(f"merges without the continuing_subword_prefix '{prefix}': {file}")


def vocabulary_size(tokenizer: Tokenizer) -> int:
    """The embeddings that a tokenizer's ids need: its highest id and one; ids may have gaps."""
    return max(tokenizer.get_vocab().values(), default=-1) + 1


@contextmanager
def encoding_errors() -> Iterator[None]:
    """Turns what tokenizers raises when it splits a text in the block into one line.

    Raises:
        InputError: A text holds what the tokenizer has no token for, not even an unknown one.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - tokenizers raises the bare class
        raise InputError(f"the tokenizer cannot split a text: {error}") from None


def copy_tokenizer(folder: Path, target: Path) -> None:
    """Copies a tokenizer's files, and nothing else, from one folder into another."""
    for name in FILES:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, target / name)
