"""Files in the form of the original study, by their names: cases, experts' answers and tags."""

import csv
import hashlib
import io
from collections.abc import Callable
from pathlib import Path

from components.dataset.repository import Tree
from components.formats.cases import AUTHORS, read_cases
from components.formats.participants import TrialRow, read_trials
from components.formats.terms import ANSWERS as TAGS
from components.formats.terms import read_answers as read_tags
from components.runtime.errors import InputError

CASES = ("BrainBench_Human_v0.1.csv", "BrainBench_GPT-4_v0.1.csv")  # in AUTHORS' order
CASES_SHA256 = (  # of https://github.com/braingpt-lovelab/brainbench_testcases
    "a887d3e7242f8047fa53e44beaef121a46c781347fb126355a49f8b1228cc4c1",
    "ce64b4107fde3b66716cf4e7a34b5c9cfc1972f546aaa597573433fae80b6d81",
)
PARTICIPANTS = "participant_data.csv"
COLUMNS = ("", *TrialRow._fields)  # the first numbers the rows
TAGS_SOURCE = (
    "https://github.com/braingpt-lovelab/matching_experts#4be2f0f737078bcea9773db876f4cd3113d22424"
)


def write_cases(tree: Tree, folder: Path, *, sha256: tuple[str, str] | None) -> None:
    """Writes `human.csv` and `machine.csv`, bytes unchanged.

    Args:
        tree: Files of the source.
        folder: Where to write.
        sha256: Checksums of both files, human-made cases first; None takes what is there.

    Raises:
        InputError: The source lacks a file, has one with another checksum, or one that is not in
            BrainBench's form.
    """
    for number, (author, name) in enumerate(zip(AUTHORS, CASES, strict=True)):
        content, where = tree.content(name), f"{name} in {tree.where}"
        found, expected = hashlib.sha256(content).hexdigest(), sha256[number] if sha256 else None
        if expected and found != expected.lower():
            raise InputError(f"unexpected sha256 of {where}: found {found}, expected {expected}")
        (folder / f"{author}.csv").write_bytes(content)
        check_readable(folder / f"{author}.csv", read_cases, where=where)


def write_participants(tree: Tree, folder: Path, *, all_columns: bool) -> None:
    """Writes `participant_data.csv`.

    With `all_columns` those are kept too that no stage reads: age, country, position, experience
    and sex in the published file.

    Raises:
        InputError: The source lacks the file, or it is not in the published form.
    """
    content, where = tree.content(PARTICIPANTS), f"{PARTICIPANTS} in {tree.where}"
    if not all_columns:
        content = without_other_columns(content, where=where)
    (folder / PARTICIPANTS).write_bytes(content)
    check_readable(folder / PARTICIPANTS, read_trials, where=where)


def write_tags(tree: Tree, folder: Path) -> None:
    """Writes GPT-4's answers about terms, a file a vocabulary, bytes unchanged.

    Raises:
        InputError: The source lacks a file, or has one in another form.
    """
    for name in TAGS.values():
        (folder / name).write_bytes(tree.content(name))
        check_readable(folder / name, read_tags, where=f"{name} in {tree.where}")


def check_readable(file: Path, read: Callable[[Path], object], *, where: str) -> None:
    """Reads a file that a source gave.

    Args:
        file: Where it lies for now.
        read: The reader of its format.
        where: Name and source of the file, for errors instead of where it lies.

    Raises:
        InputError: It is not in its format.
    """
    try:
        read(file)
    except InputError as error:
        raise InputError(str(error).replace(str(file), where)) from None


def without_other_columns(content: bytes, *, where: str) -> bytes:
    """A participants' file with the columns of a trial only; unchanged where it has no other.

    Args:
        content: CSV in UTF-8, its first line the header.
        where: The file, for errors.

    Raises:
        InputError: It is not UTF-8 or not CSV, or a row has more or fewer cells than the header.
    """
    try:
        text = content.decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"not CSV in UTF-8 ({error}): {where}") from None
    header = rows[0] if rows else []
    kept = [number for number, name in enumerate(header) if name in COLUMNS]
    if len(kept) == len(header):
        return content
    for number, row in enumerate(rows):
        if len(row) != len(header):
            found = f"{len(row)} cells, expected the header's {len(header)}"
            raise InputError(f"{found}: {where}, row {number}")
    out = io.StringIO(newline="")
    lines = ([row[number] for number in kept] for row in rows)
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue().encode("utf-8")
