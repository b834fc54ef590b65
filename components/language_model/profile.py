"""What a language model is asked, and how its answers are read."""

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

FILTERED = "filtered"  # the answer where the model, or a filter in front of it, refuses to answer
THOUGHTS = re.compile(r"\s*<think>.*?</think>", re.DOTALL)  # of open models that reason aloud
FENCE = re.compile(r"\s*```(?:json)?\n(.*)\n```\s*", re.DOTALL)


class Question(NamedTuple):
    """A question about a text; `key` is its name in the journal."""

    key: str
    text: str


class Profile(ABC):
    """A kind of question."""

    name: str
    action: str  # what the model does, for the progress line: `tagging`
    unit: str  # what is asked about, in the plural: `terms`
    per_call: tuple[int, ...]  # questions by round; a later one asks what had no answer
    answer_tokens: int  # to expect of the answer to one question
    expected: str  # what an answer has to be, for the error where none can be read
    parameters: Mapping[str, Any]  # of a call; what the model refuses is left out

    @abstractmethod
    def messages(self, questions: Sequence[Question]) -> list[dict[str, str]]:
        """The messages of a call."""

    @abstractmethod
    def answers(self, text: str, *, questions: Sequence[Question]) -> Mapping[str, str]:
        """The answers in a reply that can be read, by the question's key."""


def list_format(name: str, fields: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The parameters that ask for JSON: an object with one list of objects of these fields."""
    rows = {"type": "array", "items": _object(fields)}
    schema = {"name": name, "strict": True, "schema": _object({name: rows})}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
    }


def read_list(text: str, name: str, fields: Sequence[str]) -> list[tuple[Any, ...]]:
    """The fields of each object in the list of a reply, in a fence or not; none if it is another.

    Nothing is known of the values.
    """
    text = without_thoughts(text)
    fenced = FENCE.fullmatch(text)
    try:
        rows = json.loads(fenced[1] if fenced else text)[name]
        return [tuple(row[each] for each in fields) for row in rows]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def without_thoughts(text: str) -> str:
    """What a model says after it has reasoned aloud."""
    return THOUGHTS.sub("", text, count=1)
