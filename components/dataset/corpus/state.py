"""What has been read so far: an SQLite database, which a killed process leaves whole.

Documents, their keys and what was left out are written some hundred at a time, in one transaction
with how far reading has come. Texts lie on the disk: memory does not grow with the corpus.
"""

import errno
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, Self

from components.formats.corpus import SPLITS, Split
from components.formats.corpus_card import CorpusRecord, RemovedDocument, SplitSize
from components.runtime.errors import InputError

SCHEMA = """
create table if not exists files (
    number integer primary key, identity text, read integer, done integer);
create table if not exists documents (
    number integer primary key, file integer, place text, text text, words integer, doi text,
    year integer, language text, license text, split text);
create table if not exists keys (key integer, document integer);
create table if not exists removed (
    number integer primary key, file integer, place text, doi text, reason text, detail text);
create table if not exists duplicates (document integer primary key, reason text, earlier integer);
create table if not exists compared (key integer);
"""
UNREADABLE = "unreadable"  # the reason of a file that was left out by its error
CACHE = 64 << 10  # KiB that SQLite may hold in memory
KEPT = "number not in (select document from duplicates)"


class PreparedDocument(NamedTuple):
    """A document that the corpus takes, unless it turns out to be a duplicate.

    Attributes:
        place: Where it was read.
        text: Its normalised text.
        words: How many they are.
        doi: None where unknown, like the following.
        year: Of publication.
        language: Its code.
        license: Its id, or as written.
        split: The split that it belongs to.
        keys: What it shares with its near-duplicates.
    """

    place: str
    text: str
    words: int
    doi: str | None
    year: int | None
    language: str | None
    license: str | None
    split: Split
    keys: Sequence[int]


class State:
    """The database, opened for a block.

    Args:
        file: Where it lies, or is to be made.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._since_commit = 0

    def __enter__(self) -> Self:
        os.environ["SQLITE_TMPDIR"] = str(self._file.parent)  # sorting may need as much as it sorts
        with self._disk():
            self._database = sqlite3.connect(self._file, isolation_level="DEFERRED")
            for pragma in ("journal_mode = wal", "synchronous = normal", f"cache_size = -{CACHE}"):
                self._database.execute(f"pragma {pragma}")
            self._database.executescript(SCHEMA)
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()  # what is not committed is rolled back

    def begin(self, file: int, identity: str) -> int | None:
        """Begins the file of a number, or goes on with it.

        Returns:
            How many of its documents were read before; None if all were. If it has changed since,
            that and all read of later files is forgotten.
        """
        found = self._all("select identity, read, done from files where number = ?", file)
        if found and found[0][0] == identity:
            _, read, done = found[0]
            return None if done else int(read)
        self.forget_from(file)
        self._forget_duplicates()
        self._run("insert into files values (?, ?, 0, 0)", file, identity)
        return 0

    def add(self, file: int, outcome: PreparedDocument | RemovedDocument) -> None:
        """Adds the next document of a file, or why it is left out."""
        if isinstance(outcome, PreparedDocument):
            cursor = self._run(
                "insert into documents values (null, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                file,
                *outcome[:-1],
            )
            rows = [(key, cursor.lastrowid) for key in outcome.keys]
            with self._disk():
                self._database.executemany("insert into keys values (?, ?)", rows)
        else:
            self._run("insert into removed values (null, ?, ?, ?, ?, ?)", file, *outcome)
        self._run("update files set read = read + 1 where number = ?", file)

    def finish(self, file: int) -> None:
        """Marks a file as read to its end."""
        self._run("update files set done = 1 where number = ?", file)

    def commit(self, *, after: int = 1) -> None:
        """Keeps what was added so far, whatever happens to the process.

        Args:
            after: Calls until it is written; each transaction takes a while.
        """
        self._since_commit += 1
        if self._since_commit >= after:
            with self._disk():
                self._database.commit()
            self._since_commit = 0

    def forget_from(self, file: int) -> None:
        """Forgets all files from a number on, if there are any."""
        if not self._all("select 1 from files where number >= ? limit 1", file):
            return
        self._run("delete from files where number >= ?", file)
        for table in ("documents", "removed"):
            self._run(f"delete from {table} where file >= ?", file)  # noqa: S608
        last = self._all("select coalesce(max(number), 0) from documents")[0][0]
        self._run("delete from keys where document > ?", last)
        self._forget_duplicates()

    def forget_unreadable(self) -> None:
        """Forgets the first file that was left out as unreadable, and those behind it."""
        first = self._all("select min(file) from removed where reason = ?", UNREADABLE)[0][0]
        if first is not None:
            self.forget_from(first)

    def _forget_duplicates(self) -> None:
        for table in ("duplicates", "compared"):
            self._run(f"delete from {table}")  # noqa: S608
        self._run("drop index if exists by_key")

    def shared_keys(self) -> Iterator[tuple[int, list[int]]]:
        """Each key that several documents have and that was not compared, with the documents."""
        self.commit()
        self._run("create index if not exists by_key on keys (key, document)")
        self.commit()
        last = self._all("select coalesce(max(key), ?) from compared", -(2**63))[0][0]
        rows = self._run(
            "select key, document from keys where key > ? and key in"
            " (select key from keys where key > ? group by key having count(*) > 1)"
            " order by key, document",
            last,
            last,
        )
        for key, group in groupby(rows, key=lambda row: row[0]):
            yield key, [document for _, document in group]

    def text_and_doi(self, document: int) -> tuple[str, str | None]:
        """A document's text and DOI."""
        text, doi = self._all("select text, doi from documents where number = ?", document)[0]
        return text, doi

    def is_duplicate(self, document: int) -> bool:
        """Whether a document was found to be one."""
        return bool(self._all("select 1 from duplicates where document = ?", document))

    def add_duplicate(self, document: int, reason: str, *, earlier: int) -> None:
        """Leaves a document out because of an earlier one."""
        self._run("insert into duplicates values (?, ?, ?)", document, reason, earlier)

    def mark_compared(self, key: int) -> None:
        """Notes that all keys up to this one were compared."""
        self._run("delete from compared")
        self._run("insert into compared values (?)", key)

    def rows(self, split: Split) -> Iterator[dict[str, Any]]:
        """The rows of a split in the order of reading: text, DOI, year, language and licence."""
        names = ("text", "doi", "year", "language", "license")
        for row in self._run(
            f"select {', '.join(names)} from documents where split = ? and {KEPT} order by number",  # noqa: S608
            split,
        ):
            values = zip(names, row, strict=True)
            yield {name: value for name, value in values if value is not None}

    def removed(self) -> Iterator[RemovedDocument]:
        """All that was left out: first what was so when read, then duplicates."""
        query = "select place, doi, reason, detail from removed order by number"
        yield from (RemovedDocument(*row) for row in self._run(query))
        yield from (
            RemovedDocument(*row)
            for row in self._run(
                "select d.place, d.doi, reason, e.place from duplicates join documents d on"
                " d.number = document join documents e on e.number = earlier order by document"
            )
        )

    def num_read(self) -> int:
        """Documents read so far."""
        return int(self._all("select coalesce(sum(read), 0) from files")[0][0])

    def size(self, split: Split) -> SplitSize:
        """Documents, words and bytes in UTF-8 of a split."""
        row = self._all(
            "select count(*), coalesce(sum(words), 0), coalesce(sum(length(cast(text as blob))), 0)"  # noqa: S608
            f" from documents where {KEPT} and split = ?",
            split,
        )[0]
        return SplitSize(*row)

    def reasons(self) -> dict[str, int]:
        """How many documents were left out, by reason."""
        query = (
            "select reason, count(*) from (select reason from removed union all select reason from"
            " duplicates) group by 1"
        )
        return dict(self._run(query).fetchall())

    def record(
        self, *, sources: Sequence[tuple[str, str | None]], settings: Mapping[str, Any]
    ) -> CorpusRecord:
        """What is to be told of the corpus.

        Args:
            sources: Names and revisions.
            settings: The options.
        """
        return CorpusRecord(
            sources=sources,
            settings=settings,
            read=self.num_read(),
            splits={split: self.size(split) for split in SPLITS},
            reasons=self.reasons(),
            years=self._counts("year"),
            languages=self._counts("language"),
            licenses=self._counts("license"),
        )

    def _counts(self, column: str) -> dict[Any, int]:
        """Documents of the corpus by the values of a column, in order."""
        query = f"select {column}, count(*) from documents where {KEPT} group by 1 order by 1"  # noqa: S608
        return dict(self._run(query).fetchall())

    def _run(self, query: str, *values: object) -> sqlite3.Cursor:
        with self._disk():
            return self._database.execute(query, values)

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self._run(query, *values).fetchall()

    @contextmanager
    def _disk(self) -> Iterator[None]:
        """Makes a full disk the error that it is elsewhere, and a damaged file one line."""
        try:
            yield
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self._file)) from None
            if error.sqlite_errorcode in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise InputError(f"{error}: remove {self._file.parent} and start again") from None
            raise
