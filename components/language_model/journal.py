"""The journal of a language model's answers: what was paid for once is not asked again."""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.formats.json_file import parse_json, read_text
from components.formats.terms import TokenUsage
from components.runtime.atomic import folder_lock, write_json
from components.runtime.errors import InputError

# A pod's mirror copies a small file that grows, and a large one only when it does not.
SEGMENT_BYTES = 400_000
SYNC_SECONDS = 1.0  # between two fsync; a killed process loses nothing, a dead machine that much
QUESTION = "question.json"  # what was asked of which model: the folder's key


@dataclass(frozen=True)
class Entry:
    """An answered call: a line of the journal."""

    round: int  # in which it was asked, from 1; a later round asks what had no answer
    asked: list[str]  # keys of the questions
    answers: dict[str, str]  # those that could be read, by key
    model: str  # the answering model's id; empty where a filter in front of it answered
    usage: TokenUsage
    unread: str = ""  # beginning of an answer that could not be read whole; empty for others
    without: list[str] = field(default_factory=list)  # parameters that the model does not have


class Journal:
    """The answers of one model to one prompt, in a folder that one process writes to at a time.

    Attributes:
        entries: The answered calls.
        model: The answering model's id; empty before the first answer.
        usage: Tokens of all calls.
        num_asked: Questions in all calls.

    Raises:
        InputError: A line is damaged, or two models have answered.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = -1
        self._size = 0
        self._synced = time.monotonic()
        self.usage = TokenUsage()
        self.num_asked = 0
        self.entries: list[Entry] = []
        self.model = ""
        for segment in self._segments():
            for number, line in enumerate(self._lines(segment), start=1):
                self._take(parse_json(line, Entry, where=f"{segment}, line {number}"))

    def answers(self) -> dict[str, str]:
        """The answers, by key."""
        return {key: answer for each in self.entries for key, answer in each.answers.items()}

    def append(self, entry: Entry) -> None:
        """Writes an answer, so that it outlives the process.

        Raises:
            InputError: Another model than before has answered.
        """
        self._take(entry)
        content = {**vars(entry), "usage": vars(entry.usage)}
        line = (json.dumps(content, ensure_ascii=False) + "\n").encode()
        if self._file < 0 or self._size > SEGMENT_BYTES:
            self.close()
            place = self.folder / f"answers-{len(self._segments()) + 1:06d}.jsonl"
            self._file = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o666)
            self._size = 0
        while line:  # a write may be cut short; what is missing of a line is mended when it is read
            written = os.write(self._file, line)
            line, self._size = line[written:], self._size + written
        if (now := time.monotonic()) > self._synced + SYNC_SECONDS:
            os.fsync(self._file)
            self._synced = now

    def close(self) -> None:
        """Brings what was written to the disk."""
        if self._file >= 0:
            os.fsync(self._file)
            os.close(self._file)
            self._file = -1

    def _take(self, entry: Entry) -> None:
        if entry.model and self.model and entry.model != self.model:
            raise InputError(
                f"answers of {self.model} in {self.folder}, and now one of {entry.model}: expected"
                " one model; ask for a pinned version, or remove the folder to ask all again"
            )
        self.model = self.model or entry.model
        self.usage += entry.usage
        self.num_asked += len(entry.asked)
        self.entries.append(entry)

    def _segments(self) -> list[Path]:
        return sorted(self.folder.glob("answers-*.jsonl"))

    def _lines(self, segment: Path) -> list[str]:
        """The whole lines of a segment; a torn one, the last, is cut off."""
        content = segment.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            os.truncate(segment, len(whole))
            print(f"{segment}: an incomplete last line is removed", file=sys.stderr)  # noqa: T201
        return read_text(segment).split("\n")[:-1]


@contextmanager
def open_journal(state: Path, question: dict[str, Any]) -> Iterator[Journal]:
    """The journal of a question (model, prompt, parameters), while nobody else writes to it.

    Raises:
        InputError: Another process has it open, or it is damaged.
    """
    text = json.dumps(question, sort_keys=True)
    folder = state / hashlib.sha256(text.encode()).hexdigest()[:32]
    with folder_lock(folder):
        if not (folder / QUESTION).exists():
            write_json(folder / QUESTION, question)
        journal = Journal(folder)
        try:
            yield journal
        finally:
            journal.close()
