"""What a language model is asked, and how its answers are read."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

FILTERED = "filtered"  # the answer where the model, or a filter in front of it, refuses to answer


class Question(NamedTuple):
    """A question about one text.

    Attributes:
        key: Name of the question in the journal.
        text: The text as the model sees it.
    """

    key: str
    text: str


class Profile(ABC):
    """A kind of question.

    Attributes:
        name: Its name.
        action: What the model does, for the progress line: `tagging`.
        unit: What is asked about, in the plural: `terms`.
        per_call: Questions in a call of each round; a later round asks what had no answer.
        answer_tokens: Tokens to expect of the answer to one question.
        expected: What an answer has to be, for the error where none can be read.
        parameters: Parameters of a call; what the model refuses is left out.
    """

    name: str
    action: str
    unit: str
    per_call: tuple[int, ...]
    answer_tokens: int
    expected: str
    parameters: Mapping[str, Any]

    @abstractmethod
    def messages(self, questions: Sequence[Question]) -> list[dict[str, str]]:
        """The messages of a call."""

    @abstractmethod
    def answers(self, text: str, *, questions: Sequence[Question]) -> Mapping[str, str]:
        """The answers in a reply that can be read, by the question's key."""
