"""A corpus: a folder with the texts of two splits, train and validation, one document a row.

The dataset stage writes `train.jsonl` and `validation.jsonl`, whose lines are JSON objects with a
`text`. Read are also compressed ones (.gz, .bz2, .xz, .zst), Parquet files with a column `text`,
and several files a split, named as data sets on the Hub name theirs: `train-00000-of-00002.jsonl`,
there or in `data/`. Other columns than `text` are ignored, as are byte order marks and blank lines.
"""

import bz2
import codecs
import gzip
import io
import json
import lzma
import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Literal

from components.runtime.atomic import written_file
from components.runtime.errors import InputError

Split = Literal["train", "validation"]
SPLITS: tuple[Split, ...] = ("train", "validation")
FILE = re.compile(
    r"(?P<stem>.*?)(-(?P<number>\d+)-of-(?P<count>\d+)(-\w+)?)?"
    r"\.(parquet|(jsonl|ndjson|json)(\.(?P<compression>gz|bz2|xz|zst))?)"
)
ROWS_AT_ONCE = 1000  # of a Parquet file
SHOWN = 5  # files that an error names


def documents(corpus: Path, split: Split) -> Iterator[str]:
    """The texts of a corpus' split; arguments and errors as of `located_documents`."""
    return (text for text, _ in located_documents(corpus, split))


def located_documents(corpus: Path, split: Split) -> Iterator[tuple[str, str]]:
    """The texts of a corpus' split and where they are, one at a time, in the files' order.

    Args:
        corpus: Folder of the corpus.
        split: Which of its texts.

    Yields:
        Each row's `text`, and its file and line (of Parquet, its row).

    Raises:
        InputError: The split has no file, can be read in two ways or is empty, a file is damaged,
            or a row is bad or has no text.
    """
    empty = True
    for file in split_files(corpus, split):
        with file.open("rb") as stream:
            for text, where in read_texts(stream, name=str(file)):
                if text is None or not text.strip():
                    expected = 'expected {"text": "..."} with a text that is not empty'
                    raise InputError(f"{expected}: {where}")
                yield text, where
                empty = False
    if empty:
        raise InputError(f"empty corpus: {file} holds no document")


def split_files(corpus: Path, split: Split) -> list[Path]:
    """The files of a corpus' split in order, at least one.

    Raises:
        InputError: There is none, or they can be read in two ways.
    """
    files = _split_files(corpus, split)
    if not files:
        found = ", ".join([file.name for file in _files(corpus)][:SHOWN]) or "nothing"
        raise InputError(
            f"no corpus at {corpus / split}.jsonl: expected one JSON object with a text a line, or"
            f" .jsonl.gz, .jsonl.zst or .parquet: found {found}"
        )
    names = [str(file) for file in files]
    if len({file.parent for file in files}) > 1:
        raise _ambiguous(names)
    check_files(names)
    return files


def has_split(folder: Path, split: Split) -> bool:
    """Whether a folder holds a file of a corpus' split."""
    return bool(_split_files(folder, split))


def check_files(names: Sequence[str]) -> None:
    """Checks that each file of a split is there once, and all parts of a divided one are.

    Args:
        names: Paths of the files.

    Raises:
        InputError: A file is there in two forms, or a part is missing.
    """
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for name in names:
        parts = FILE.fullmatch(name)
        stem, number, count = parts.group("stem", "number", "count") if parts else (name, None, 0)
        found[stem].append((int(number or 0), int(count or 1)))
    for stem, each in found.items():
        first = min(each)[0]
        if sorted(each) != [(first + number, len(each)) for number in range(len(each))]:
            raise _ambiguous([name for name in names if name.startswith(stem)])


def _ambiguous(names: Sequence[str]) -> InputError:
    listed = ", ".join(names[:SHOWN])
    return InputError(f"expected one file, or each of its parts once: found {listed}")


def read_texts(stream: IO[bytes], *, name: str) -> Iterator[tuple[str | None, str]]:
    """The texts of a file, one at a time.

    Args:
        stream: The file's bytes.
        name: Its path, which tells its form.

    Yields:
        Each row's `text`, None where there is none, and its file and line (of Parquet, its row).

    Raises:
        InputError: The file is damaged, a line is not UTF-8 or no JSON object, or a text is not a
            text or holds half a character.
    """
    parts = FILE.fullmatch(name)
    rows = _parquet_rows if name.endswith(".parquet") else _json_rows
    where = f"before the first row of {name}"
    try:
        content = _decompressed(stream, parts["compression"] if parts else None)
        for text, where in rows(content, name):
            if isinstance(text, str):
                text.encode()
            elif text is not None:
                raise InputError(f"text is {text!r:.40}, expected a text: {where}")
            yield text, where
    except UnicodeEncodeError as error:  # JSON can spell what UTF-8 cannot
        found = f"half a character, \\u{ord(error.object[error.start]):04x}, in the text"
        raise InputError(f"{found}: {where}") from None
    except ModuleNotFoundError as error:
        raise InputError(f"{name} cannot be read without the package {error.name}") from None
    except (EOFError, OSError, RuntimeError, ValueError, zlib.error, lzma.LZMAError) as error:
        if isinstance(error, OSError) and error.errno:  # of the system, not of the data
            raise
        found = " ".join(str(error).split())
        raise InputError(f"damaged or cut off ({found:.80}), behind {where}") from None


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


def _files(folder: Path) -> list[Path]:
    places = sorted(place for pattern in ("*", "data/*") for place in folder.glob(pattern))
    return [place for place in places if place.is_file()]


def _split_files(corpus: Path, split: Split) -> list[Path]:
    named = ((file, FILE.fullmatch(file.name)) for file in _files(corpus))
    return [file for file, parts in named if parts and parts["stem"] == split]


def _decompressed(stream: IO[bytes], compression: str | None) -> IO[bytes]:
    if compression is None:
        return stream
    if compression == "zst":
        import pyarrow

        return io.BufferedReader(pyarrow.CompressedInputStream(stream, "zstd"))
    open_in: Any = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}[compression]
    content: IO[bytes] = open_in(stream)
    return content


def _json_rows(stream: IO[bytes], name: str) -> Iterator[tuple[Any, str]]:
    for number, line in enumerate(stream, start=1):
        document = line.removeprefix(codecs.BOM_UTF8)
        if not document or document.isspace():
            continue
        where = f"{name}, line {number}"
        if document.lstrip().startswith(b"["):  # one array instead of lines
            for row, each in enumerate(_parsed(document + stream.read(), where=name), start=1):
                where = f"{name}, row {row}"
                yield _text(each, where=where), where
        else:
            yield _text(_parsed(document, where=where), where=where), where


def _parsed(content: bytes, *, where: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8: byte {error.start + 1} of {where}") from None
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON ({error.msg}, column {error.colno}): {where}") from None
    except (RecursionError, ValueError) as error:  # nested too deep, too many digits
        raise InputError(f"not JSON ({error}): {where}") from None


def _text(document: object, *, where: str) -> Any:  # noqa: ANN401
    if not isinstance(document, dict):
        raise InputError(f'expected {{"text": "..."}}: {where}')
    return document.get("text")


def _parquet_rows(stream: IO[bytes], name: str) -> Iterator[tuple[Any, str]]:
    from pyarrow import parquet

    file = parquet.ParquetFile(stream)
    columns = file.schema_arrow.names
    if columns.count("text") != 1:
        found = ", ".join(columns[:SHOWN]) or "nothing"
        raise InputError(f"expected one column text in {name}: found {found}")
    number = 0
    for batch in file.iter_batches(ROWS_AT_ONCE, columns=["text"]):
        for value in batch.column(0):
            number += 1
            yield value.as_py(), f"{name}, row {number}"
