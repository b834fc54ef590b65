"""A corpus: a folder with `train.jsonl` and `validation.jsonl`, one document a line."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from components.runtime.atomic import written_file
from components.runtime.errors import InputError

Split = Literal["train", "validation"]
SPLITS: tuple[Split, ...] = ("train", "validation")


def documents(corpus: Path, split: Split) -> Iterator[str]:
    """The texts of a corpus' split, one at a time, in the file's order.

    Args:
        corpus: Folder of the corpus.
        split: Which of its files.

    Yields:
        The `text` of each line.

    Raises:
        InputError: The file is missing or empty, or a line is not UTF-8, not a JSON object, or
            has no text.
    """
    file = corpus / f"{split}.jsonl"
    if not file.is_file():
        raise InputError(f"no corpus at {file}: expected one JSON object with a text a line")
    number = 0
    with file.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            yield _text(line, where=f"{file}, line {number}")
    if number == 0:
        raise InputError(f"empty corpus: {file} holds no document")


def write_documents(corpus: Path, split: Split, texts: Iterable[str]) -> int:
    """Writes a corpus' split and returns its number of documents.

    Args:
        corpus: Folder of the corpus; made where it is missing.
        split: Which of its files.
        texts: The documents.
    """
    count = 0
    place = corpus / f"{split}.jsonl"
    with written_file(place) as partial, partial.open("w", encoding="utf-8", newline="\n") as file:
        for text in texts:
            file.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
            count += 1
    return count


def _text(line: bytes, *, where: str) -> str:
    try:
        document = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8: byte {error.start + 1} of {where}") from None
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON ({error.msg}, column {error.colno}): {where}") from None
    text = document.get("text") if isinstance(document, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise InputError(f'expected {{"text": "..."}} with a text that is not empty: {where}')
    return text
