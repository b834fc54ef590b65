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
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Literal

from components.runtime.atomic import written_file
from components.runtime.errors import InputError

Split = Literal["train", "validation"]
SPLITS: tuple[Split, ...] = ("train", "validation")
FILE = re.compile(
    r"(?P<stem>.*?)(-(?P<number>\d+)-of-(?P<count>\d+)(-\w+)?)?"
    r"\.(parquet|(jsonl|ndjson|json)(\.(gz|bz2|xz|zst))?)"
)
ROWS_AT_ONCE = 1000  # of a Parquet file
SHOWN = 5  # files that an error names
# What damaged files make their readers raise.
DAMAGE = (EOFError, OSError, RuntimeError, ValueError, zlib.error, lzma.LZMAError)


def documents(corpus: Path, split: Split) -> Iterator[str]:
    """The texts of a corpus' split; errors as of `located_documents`."""
    return (text for text, _ in located_documents(corpus, split))


def located_documents(corpus: Path, split: Split) -> Iterator[tuple[str, str]]:
    """Each text of a corpus' split with its file and line (of Parquet, its row), in files' order.

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
    files = _named(corpus, split)
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
    return bool(_named(folder, split))


def check_files(names: Sequence[str]) -> None:
    """Checks the paths of a split's files.

    Raises:
        InputError: A file is there in two forms, or a part of a divided one is missing.
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
    """Each row's `text`, None where there is none, and its place; as `read_rows`.

    Raises:
        InputError: As of `read_rows`, or a text is not a text.
    """
    for row, where in read_rows(stream, name=name, columns=("text",)):
        text = row.get("text")
        if not isinstance(text, str | None):
            raise InputError(f"text is {text!r:.40}, expected a text: {where}")
        yield text, where


def read_rows(
    stream: IO[bytes], *, name: str, columns: Sequence[str]
) -> Iterator[tuple[dict[str, Any], str]]:
    """Each row's values by column, as far as it has them, and its file and line (or row).

    Args:
        stream: The file's bytes.
        name: Its path, which tells its form.
        columns: The columns to read; a Parquet file must have one of them.

    Raises:
        InputError: The file is damaged, a line is not UTF-8 or no JSON object, or a text holds
            half a character.
    """
    rows = _parquet_rows if name.endswith(".parquet") else _json_rows
    where = ""
    try:
        for document, where in rows(decompressed(stream, name=name), name, columns):
            row = {column: document[column] for column in columns if column in document}
            for text in row.values():
                if isinstance(text, str):
                    text.encode()
            yield row, where
    except UnicodeEncodeError as error:  # JSON can spell what UTF-8 cannot
        found = f"half a character, \\u{ord(error.object[error.start]):04x}, in the text"
        raise InputError(f"{found}: {where}") from None
    except ModuleNotFoundError as error:
        raise InputError(f"{name} cannot be read without the package {error.name}") from None
    except DAMAGE as error:
        place = f"behind {where}" if where else f"before the first row of {name}"
        raise damage(error, where=place) from None


def damage(error: Exception, *, where: str) -> Exception:
    """The error to raise instead of one of `DAMAGE`: one line, or itself if it is the system's."""
    if isinstance(error, OSError) and error.errno:
        return error
    return InputError(f"damaged or cut off ({' '.join(str(error).split()):.80}), {where}")


def decompressed(stream: IO[bytes], *, name: str) -> IO[bytes]:
    """The content of a file, which its name may say to be compressed (.gz, .bz2, .xz, .zst)."""
    compression = Path(name).suffix[1:].lower()
    if compression == "zst":
        import pyarrow

        return io.BufferedReader(pyarrow.CompressedInputStream(stream, "zstd"))
    open_in: Any = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}.get(compression)
    content: IO[bytes] = open_in(stream) if open_in else stream
    return content


def write_documents(
    corpus: Path, split: Split, documents: Iterable[str | Mapping[str, Any]]
) -> int:
    """Writes a corpus' split, of texts or rows with a `text`, and returns its number of documents.

    The folder is made where it is missing.
    """
    count = 0
    place = corpus / f"{split}.jsonl"
    with written_file(place) as partial, partial.open("w", encoding="utf-8", newline="\n") as file:
        for document in documents:
            row = {"text": document} if isinstance(document, str) else document
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def _files(folder: Path) -> list[Path]:
    places = sorted(place for pattern in ("*", "data/*") for place in folder.glob(pattern))
    return [place for place in places if place.is_file()]


def _named(corpus: Path, split: Split) -> list[Path]:
    parts = {file: FILE.fullmatch(file.name) for file in _files(corpus)}
    return [file for file, found in parts.items() if found and found["stem"] == split]


def _json_rows(
    stream: IO[bytes], name: str, _columns: Sequence[str]
) -> Iterator[tuple[dict[str, Any], str]]:
    for number, line in enumerate(stream, start=1):
        document = line.removeprefix(codecs.BOM_UTF8)
        if not document or document.isspace():
            continue
        where = f"{name}, line {number}"
        if document.lstrip().startswith(b"["):  # one array instead of lines
            for row, each in enumerate(_parsed(document + stream.read(), where=name), start=1):
                where = f"{name}, row {row}"
                yield _object(each, where=where), where
        else:
            yield _object(_parsed(document, where=where), where=where), where


def _parsed(content: bytes, *, where: str) -> Any:  # noqa: ANN401
    try:
        return json.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8: byte {error.start + 1} of {where}") from None
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON ({error.msg}, column {error.colno}): {where}") from None
    except (RecursionError, ValueError) as error:  # nested too deep, too many digits
        raise InputError(f"not JSON ({error}): {where}") from None


def _object(document: object, *, where: str) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise InputError(f'expected {{"text": "..."}}: {where}')
    return document


def _parquet_rows(
    stream: IO[bytes], name: str, columns: Sequence[str]
) -> Iterator[tuple[dict[str, Any], str]]:
    from pyarrow import parquet

    file = parquet.ParquetFile(stream)
    names = file.schema_arrow.names
    known = [column for column in columns if column in names]
    if not known or any(names.count(column) > 1 for column in known):
        found = ", ".join(names[:SHOWN]) or "nothing"
        raise InputError(f"expected one column {' or '.join(columns)} in {name}: found {found}")
    number = 0
    for batch in file.iter_batches(ROWS_AT_ONCE, columns=known):
        for values in zip(*(batch.column(column) for column in known), strict=True):
            number += 1
            row = {column: value.as_py() for column, value in zip(known, values, strict=True)}
            yield row, f"{name}, row {number}"
