"""Beside a corpus: its card on the Hugging Face Hub, and `removed.csv`, what was left out of it."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from components.formats.corpus import SPLITS, Split
from components.formats.table import write_rows

CARD, REMOVED = "README.md", "removed.csv"
FILES = (*(f"{split}.jsonl" for split in SPLITS), CARD, REMOVED)
LANGUAGE = re.compile("[a-z]{2,3}")
LICENSE_ID = re.compile(r"cc(0|-by(-nc|-nd|-sa)*)-\d\.\d")  # those that the Hub knows of these
SIZES = ("1K", "10K", "100K", "1M", "10M", "100M", "1B")  # the Hub's names of 10³ and more


class RemovedDocument(NamedTuple):
    """A document that was left out; one row of `removed.csv`."""

    place: str  # its file, and line, row or number in it
    doi: str | None  # where known
    reason: str
    detail: str | None  # what was found: the earlier document, the words, another year, the error


class SplitSize(NamedTuple):
    """How large a split is."""

    documents: int
    words: int
    bytes: int


@dataclass(frozen=True)
class CorpusRecord:
    """How a corpus was made."""

    sources: Sequence[tuple[str, str | None]]  # name and revision of each source, in order
    settings: Mapping[str, Any]  # the options, by name
    read: int
    splits: Mapping[Split, SplitSize]
    reasons: Mapping[str, int]  # documents left out, by reason
    years: Mapping[int | None, int]  # documents by year; None where not known, like the following
    languages: Mapping[str | None, int]
    licenses: Mapping[str | None, int]

    @property
    def documents(self) -> int:
        """Documents of both splits."""
        return sum(size.documents for size in self.splits.values())


def write_removed(folder: Path, rows: Iterable[RemovedDocument]) -> None:
    """Writes `removed.csv`."""
    write_rows(folder / REMOVED, RemovedDocument, rows)


def write_corpus_card(folder: Path, record: CorpusRecord) -> None:
    """Writes a corpus' card beside its files, which are there."""
    from huggingface_hub import DatasetCardData

    from components.formats.hub_card import write_card

    named = (each or "" for each in record.licenses)
    licenses = {each if LICENSE_ID.fullmatch(each) else "other" for each in named}
    data = DatasetCardData(
        language=[each for each in record.languages if each and LANGUAGE.fullmatch(each)] or None,
        license=sorted(licenses),
        task_categories=["text-generation"],
        size_categories=[_size_category(record.documents)],
        tags=["matching-experts"],
        configs=[
            {
                "config_name": "default",
                "data_files": [{"split": each, "path": f"{each}.jsonl"} for each in SPLITS],
            }
        ],
    )
    shown = {
        "record": record,
        "files": [_file(folder / name) for name in FILES if name != CARD],
        "most": max(record.years.values(), default=1),
    }
    write_card(folder / CARD, "corpus_card.md.jinja", data=data, **shown)


def _size_category(documents: int) -> str:
    """The Hub's name of a number of documents; none has a billion."""
    above = min(max(len(str(documents)) - 3, 0), len(SIZES) - 1)
    return f"{SIZES[above - 1]}<n<{SIZES[above]}" if above else f"n<{SIZES[0]}"


def _file(file: Path) -> tuple[str, int, str]:
    """Name, size in bytes and MD5."""
    with file.open("rb") as content:
        md5 = hashlib.file_digest(content, "md5").hexdigest()
    return file.name, file.stat().st_size, md5
