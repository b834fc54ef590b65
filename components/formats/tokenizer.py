"""A tokenizer's folder, as Hugging Face writes it: `tokenizer.json` and its configuration."""

import shutil
from pathlib import Path

from tokenizers import Tokenizer

from components.runtime.errors import InputError

END_OF_TEXT = "<|endoftext|>"  # GPT-2's only special token: it parts documents
FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")  # the last: older


def read_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer in a folder, set to neither truncate nor pad.

    Args:
        folder: Folder that holds `tokenizer.json`.

    Raises:
        InputError: The file is missing or no tokenizer, or lacks the token `<|endoftext|>`.
    """
    file = folder / "tokenizer.json"
    if not file.is_file():
        raise InputError(f"no tokenizer at {folder}: expected tokenizer.json in it")
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # noqa: BLE001 - tokenizers raises the bare class
        raise InputError(f"not a tokenizer ({error}): {file}") from None
    if tokenizer.token_to_id(END_OF_TEXT) is None:
        raise InputError(f"no token {END_OF_TEXT} in {file}")
    tokenizer.no_truncation()  # the published files hold a limit of 1,024 tokens
    tokenizer.no_padding()
    return tokenizer


def copy_tokenizer(folder: Path, target: Path) -> None:
    """Copies a tokenizer's files, and nothing else, from one folder into another."""
    for name in FILES:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, target / name)
