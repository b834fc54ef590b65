"""What has been read so far: an SQLite database, which a killed process leaves whole.

Documents, their keys and what was left out are written some hundred at a time, in one transaction
with how far reading has come. Texts lie on the disk: memory does not grow with the corpus.
"""

import errno
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from components.formats.corpus import SPLITS, Split
from components.formats.corpus_card import CorpusRecord, RemovedDocument, SplitSize
from components.runtime.errors import InputError

# Of what is removed, a duplicate has the number of its document; the others have none.
SCHEMA = """
create table if not exists files (
    number integer primary key, identity text, read integer, done integer);
create table if not exists documents (
    number integer primary key, file integer, place text, text text, words integer, doi text,
    year integer, language text, license text, split text);
create table if not exists keys (key integer, document integer);
create table if not exists removed (
    file integer, document integer unique, place text, doi text, reason text, detail text);
"""
UNREADABLE = "unreadable"  # the reason of a file that was left out by its error
NO_TEXT = "no text in the chosen sections"
CACHE = 64 << 10  # KiB that SQLite may hold in memory
KEPT = "number not in (select document from removed where document is not null)"


class PreparedDocument(NamedTuple):
    """A document that the corpus takes, unless it turns out to be a duplicate."""

    place: str  # where it was read
    text: str  # normalised
    words: int  # how many they are
    doi: str | None  # these four as of `Document`
    year: int | None
    language: str | None
    license: str | None
    split: Split
    keys: Sequence[int]  # what it shares with its near-duplicates


@contextmanager
def opened_state(file: Path) -> Iterator["State"]:
    """The database at a path, for the block; what is not committed then is lost.

    Raises:
        InputError: The file is damaged.
        OSError: The disk is full.
    """
    os.environ["SQLITE_TMPDIR"] = str(file.parent)  # sorting may need as much as it sorts
    try:
        with closing(sqlite3.connect(file, isolation_level="DEFERRED")) as database:
            for pragma in ("journal_mode = wal", "synchronous = normal", f"cache_size = -{CACHE}"):
                database.execute(f"pragma {pragma}")
            database.executescript(SCHEMA)
            yield State(database)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file)) from None
        if error.sqlite_errorcode in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise InputError(f"{error}: remove {file.parent} and start again") from None
        raise


class State:
    """What was read of the sources so far, and which documents are duplicates."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._since_commit = 0

    def begin(self, file: int, identity: str) -> int | None:
        """Begins the file of a number, or goes on with it.

        Returns:
            How many of its documents were read before; None if all were. If it has changed since,
            that and all read of later files is forgotten.
        """
        found = self._run(
            "select identity, read, done from files where number = ?", file
        ).fetchone()
        if found and found[0] == identity:
            _, read, done = found
            return None if done else int(read)
        self.forget_from(file)
        self._run("insert into files values (?, ?, 0, 0)", file, identity)
        return 0

    def add(self, file: int, outcome: PreparedDocument | RemovedDocument) -> None:
        """Adds the next document of a file, or why it is left out."""
        if isinstance(outcome, RemovedDocument):
            self._run("insert into removed values (?, null, ?, ?, ?, ?)", file, *outcome)
        else:
            values = "null, ?, ?, ?, ?, ?, ?, ?, ?, ?"
            added = self._run(f"insert into documents values ({values})", file, *outcome[:-1])  # noqa: S608
            rows = [(key, added.lastrowid) for key in outcome.keys]
            self._database.executemany("insert into keys values (?, ?)", rows)
        self._run("update files set read = read + 1 where number = ?", file)

    def finish(self, file: int) -> None:
        """Marks a file as read to its end."""
        self._run("update files set done = 1 where number = ?", file)

    def commit(self, *, after: int = 1) -> None:
        """Keeps what was added so far, whatever happens to the process; at every `after`-th call.

        Each transaction takes a while.
        """
        self._since_commit += 1
        if self._since_commit >= after:
            self._database.commit()
            self._since_commit = 0

    def forget_from(self, file: int) -> None:
        """Forgets all files from a number on."""
        self._run("delete from files where number >= ?", file)
        for table in ("documents", "removed"):
            self._run(f"delete from {table} where file >= ?", file)  # noqa: S608
        last = "(select coalesce(max(number), 0) from documents)"
        self._run(f"delete from keys where document > {last}")  # noqa: S608

    def forget_unreadable(self) -> None:
        """Forgets the first file that was left out as unreadable, and those behind it."""
        found = self._run("select min(file) from removed where reason = ?", UNREADABLE).fetchone()
        if found[0] is not None:
            self.forget_from(found[0])

    def forget_duplicates(self) -> None:
        """Forgets which documents are duplicates."""
        self._run("delete from removed where document is not null")

    def shared_keys(self) -> Iterator[list[int]]:
        """The documents that have a key in common, for each key of several."""
        self.commit()
        self._run("create index if not exists by_key on keys (key, document)")
        rows = self._run(
            "select key, document from keys where key in"
            " (select key from keys group by key having count(*) > 1) order by key, document"
        )
        for _, group in groupby(rows, key=lambda row: row[0]):
            yield [document for _, document in group]

    def text_and_doi(self, document: int) -> tuple[str, str | None]:
        """A document's text and DOI."""
        found = self._run("select text, doi from documents where number = ?", document).fetchone()
        return found[0], found[1]

    def is_duplicate(self, document: int) -> bool:
        """Whether a document was found to be one."""
        found = self._run("select 1 from removed where document = ?", document)
        return found.fetchone() is not None

    def add_duplicate(self, document: int, reason: str, *, earlier: int) -> None:
        """Leaves a document out because of an earlier one."""
        self._run(
            "insert into removed select d.file, d.number, d.place, d.doi, ?, e.place"
            " from documents d, documents e where d.number = ? and e.number = ?",
            *(reason, document, earlier),
        )

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
        query = "select place, doi, reason, detail from removed order by document, rowid"
        return (RemovedDocument(*row) for row in self._run(query))

    def num_read(self) -> int:
        """Documents read so far."""
        return int(self._run("select coalesce(sum(read), 0) from files").fetchone()[0])

    def record(
        self, *, sources: Sequence[tuple[str, str | None]], settings: Mapping[str, Any]
    ) -> CorpusRecord:
        """What is to be told of the corpus."""
        sizes = self._run(
            "select split, count(*), sum(words), sum(length(cast(text as blob)))"  # noqa: S608
            f" from documents where {KEPT} group by split"
        )
        found = {split: SplitSize(*size) for split, *size in sizes}
        return CorpusRecord(
            sources=sources,
            settings=settings,
            read=self.num_read(),
            splits={split: found.get(split, SplitSize(0, 0, 0)) for split in SPLITS},
            reasons=self._counts("reason", "removed"),
            years=self._counts("year", f"documents where {KEPT}"),
            languages=self._counts("language", f"documents where {KEPT}"),
            licenses=self._counts("license", f"documents where {KEPT}"),
        )

    def _counts(self, column: str, rows: str) -> dict[Any, int]:
        """How many rows there are of each value of a column, in order."""
        query = f"select {column}, count(*) from {rows} group by 1 order by 1"  # noqa: S608
        return dict(self._run(query).fetchall())

    def _run(self, query: str, *values: object) -> sqlite3.Cursor:
        return self._database.execute(query, values)
