"""A tokenizer's folder, as Hugging Face writes it. What `tokenizer.json` says is what counts."""

import os
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

    Raises:
        InputError: The file is missing, no tokenizer or one whose tokens are random, or lacks
            `<|endoftext|>` where `end_of_text` asks for it.
    """
    names = [file.name for file in folder.iterdir()] if folder.is_dir() else []
    check_tokenizer_files(names, where=str(folder))
    file = folder / "tokenizer.json"
    with tokenizer_errors(f"no usable tokenizer in {file}"):
        tokenizer = Tokenizer.from_file(str(file))
    if getattr(tokenizer.model, "dropout", None):
        raise InputError(f"dropout {tokenizer.model.dropout} in {file}: expected none in use")
    if end_of_text and tokenizer.token_to_id(END_OF_TEXT) is None:
        raise InputError(f"no token {END_OF_TEXT} in {file}")
    if (size := vocabulary_size(tokenizer)) > MOST_TOKENS:
        raise InputError(f"token id {size - 1} in {file}: expected less than {MOST_TOKENS}")
    tokenizer.no_truncation()  # the published files hold a limit of 1,024 tokens
    tokenizer.no_padding()
    return tokenizer


def vocabulary_size(tokenizer: Tokenizer) -> int:
    """The embeddings that a tokenizer's ids need: its highest id and one; ids may have gaps."""
    return max(tokenizer.get_vocab().values(), default=-1) + 1


@contextmanager
def tokenizer_errors(problem: str = "the tokenizer cannot split a text") -> Iterator[None]:
    """Turns what tokenizers raises in the block into one line that begins with the problem.

    Raises:
        InputError: An error, which is of the bare class, or a panic of the library's Rust code.
    """
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)  # a panic prints several lines
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - a panic is no Exception
        line = (str(error).splitlines() or [""])[0]
        raise InputError(f"{problem}: tokenizers {tokenizers.__version__}: {line}") from None
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def copy_tokenizer(folder: Path, target: Path) -> None:
    """Copies a tokenizer's files, and nothing else, from one folder into another."""
    for name in FILES:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, target / name)
