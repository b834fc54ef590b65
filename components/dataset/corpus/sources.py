"""The files of sources, in an order of their own, and the documents of each.

Local folders hold articles in XML, plain texts, JSON lines and Parquet, compressed or not. A data
set on the Hub is read file by file too; `datasets` reads forms that are not ours.
"""

import errno
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

from components.dataset.corpus.articles import articles, plain_text
from components.dataset.corpus.documents import (
    SECTIONS,
    Document,
    language_of,
    license_of,
    normalised_doi,
    year_of,
)
from components.dataset.data_sets import DataSet, Rows
from components.dataset.source import Source
from components.formats.corpus import FILE, read_rows
from components.runtime.errors import InputError

COMPRESSED = r"(\.(gz|bz2|xz|zst))?"
XML = re.compile(r".*\.n?xml" + COMPRESSED, re.IGNORECASE)
PLAIN = re.compile(r".*\.txt" + COMPRESSED, re.IGNORECASE)
# What is known of a document, by the names of its columns; the first that has a value counts.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "text": ("text",),
    "title": ("title",),
    "abstract": ("abstract",),
    "body": ("body",),
    "doi": ("doi",),
    "year": ("year", "date", "publication_date"),
    "language": ("language", "lang"),
    "license": ("license", "licence"),
}
Columns = Mapping[str, tuple[str, ...]]
OF_THE_FILE = (errno.ENOENT, errno.ELOOP, errno.EACCES, errno.EPERM)  # not of the disk or network


class SourceFile(NamedTuple):
    """A file of a source."""

    name: str  # its source and path
    identity: str  # what changes when the file does: name, size and time, or name and revision
    local: bool  # whether it lies here, so that an error is the file's and not the network's
    documents: Callable[[], Iterator[Document]]  # reads them


def chosen_columns(renamed: tuple[str, ...]) -> Columns:
    """The columns to read, some of them named otherwise: `year=published`.

    Raises:
        InputError: A name is unknown or no pair.
    """
    columns = dict(COLUMNS)
    for pair in renamed:
        name, _, column = pair.partition("=")
        if name not in columns or not column:
            expected = ", ".join(COLUMNS)
            raise InputError(f"columns {pair}: expected NAME=COLUMN, with NAME one of {expected}")
        columns[name] = (column,)
    return columns


def source_files(source: Source, *, columns: Columns) -> tuple[str | None, Iterator[SourceFile]]:
    """A source's revision, None for a folder, and its files.

    Raises:
        InputError: The source is not there, or has no file to read.
    """
    if source.folder is None:
        data_set = DataSet(source)
        return data_set.revision, _hub_files(data_set, columns)
    if source.revision is not None:
        raise InputError(f"a folder has no revision: {source}, expected {source.address}")
    return None, _folder_files(source.folder, columns)


def _hub_files(data_set: DataSet, columns: Columns) -> Iterator[SourceFile]:
    for split in sorted(data_set.files):
        for name, rows in data_set.row_files(split, columns=_names(columns)):
            documents = partial(_documents, rows, columns)
            yield SourceFile(name, name, local=False, documents=documents)


def _folder_files(folder: Path, columns: Columns) -> Iterator[SourceFile]:
    found, others, shown = False, Counter[str](), folder.resolve().name
    for file in _walk(folder):
        read = _reader(file.name, columns)
        if read is None:
            others[file.suffix or "without suffix"] += 1
        else:
            found = True
            status = file.stat() if file.exists() else file.lstat()
            path = f"{shown}/{file.relative_to(folder).as_posix()}"
            name = os.fsencode(path).decode(errors="backslashreplace")
            documents = partial(_read_local, file, name, read)
            identity = f"{name}:{status.st_size}:{status.st_mtime_ns}"
            yield SourceFile(name, identity, local=True, documents=documents)
    if others:
        kinds = ", ".join(f"{count:,} {suffix}" for suffix, count in sorted(others.items()))
        print(f"{folder}: files that hold no documents: {kinds}", file=sys.stderr)  # noqa: T201
    if not found:
        raise InputError(
            f"no file to read in {folder}: expected .xml, .nxml, .txt, .jsonl, .json or .parquet"
        )


def _walk(folder: Path, *, parents: tuple[int, ...] = ()) -> Iterator[Path]:
    """The files below a folder in the order of names; memory holds one folder at a time."""
    inode = folder.stat().st_ino
    if inode in parents:  # a link to a folder above
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _walk(path, parents=(*parents, inode))
        elif path.is_file() or path.is_symlink():  # a link to nothing is unreadable, a pipe is not
            yield path


Read = Callable[[IO[bytes], str], Iterator[Document]]


def _reader(name: str, columns: Columns) -> Read | None:
    """The reader of a file's form; None for forms that hold no documents."""
    if XML.fullmatch(name):
        return articles
    if PLAIN.fullmatch(name):
        return plain_text
    return partial(_read_rows, columns=columns) if FILE.fullmatch(name) else None


def _read_local(file: Path, name: str, read: Read) -> Iterator[Document]:
    try:
        stream = file.open("rb")
    except OSError as error:
        if error.errno not in OF_THE_FILE:
            raise
        raise InputError(f"{os.strerror(error.errno).lower()}: {name}") from None
    with stream:
        yield from read(stream, name)


def _read_rows(stream: IO[bytes], name: str, *, columns: Columns) -> Iterator[Document]:
    return _documents(partial(read_rows, stream, name=name, columns=_names(columns)), columns)


def _names(columns: Columns) -> list[str]:
    return [column for group in columns.values() for column in group]


def _documents(rows: Callable[[], Rows], columns: Columns) -> Iterator[Document]:
    for row, where in rows():
        yield _document(row, columns, where=where)


def _document(row: Mapping[str, Any], columns: Columns, *, where: str) -> Document:
    """The document of a row.

    Raises:
        InputError: A text is not a text, or another value is neither text nor number.
    """

    def value(name: str) -> str | None:
        column = next((each for each in columns[name] if row.get(each) not in (None, "")), None)
        found = row.get(column or "")
        if not isinstance(found, str | None if name != "year" else str | int | float | date | None):
            raise InputError(f"{column} is {found!r:.40}, expected a text: {where}")
        return None if found is None else str(found)

    sections = {section: value(section) or "" for section in SECTIONS}
    return Document(
        sections=sections,
        where=where,
        whole="" if sections["body"].strip() else value("text") or "",
        doi=normalised_doi(value("doi")),
        year=year_of(value("year")),
        language=language_of(value("language")),
        license=license_of([value("license")]),
    )
