"""An endpoint's answer to one call: a chat completion in OpenAI's form."""

import json
import re
from dataclasses import dataclass
from typing import Any

from components.formats.json_file import parse_json
from components.formats.terms import TokenUsage
from components.runtime.errors import InputError

THOUGHTS = re.compile(r"\s*<think>.*?</think>", re.DOTALL)  # of open models that reason aloud
FENCE = re.compile(r"\s*```(?:json)?\n(.*)\n```\s*", re.DOTALL)


@dataclass(frozen=True)
class _Message:
    content: str | None = None
    refusal: str | None = None


@dataclass(frozen=True)
class _Choice:
    message: _Message
    finish_reason: str | None = None


@dataclass(frozen=True)
class _PromptTokens:
    cached_tokens: int | None = None


@dataclass(frozen=True)
class _CompletionTokens:
    reasoning_tokens: int | None = None


@dataclass(frozen=True)
class _Usage:
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _PromptTokens | None = None
    completion_tokens_details: _CompletionTokens | None = None


@dataclass(frozen=True)
class _Completion:
    model: str
    choices: list[_Choice]
    usage: _Usage | None = None


@dataclass(frozen=True)
class Reply:
    """What an endpoint answers to one call.

    Attributes:
        model: The answering model's id, as the endpoint returns it; empty where a filter answered.
        text: The answer; empty where it was refused.
        refused: Whether the model or a filter in front of it refused to answer.
        usage: Tokens that the call cost.
    """

    model: str
    text: str
    refused: bool
    usage: TokenUsage


REFUSAL = Reply(model="", text="", refused=True, usage=TokenUsage())  # of a filter


def read_reply(text: str, *, where: str) -> Reply:
    """Reads the body of an answer.

    Args:
        text: The body.
        where: The endpoint's URL, for the error.

    Raises:
        InputError: It is no chat completion.
    """
    completion = parse_json(text, _Completion, where=where)
    if not completion.choices:
        raise InputError(f"no choice in the answer of {where}")
    choice, usage = completion.choices[0], completion.usage or _Usage()
    message, details = choice.message, usage.prompt_tokens_details
    reasoning = usage.completion_tokens_details
    return Reply(
        model=completion.model,
        text=message.content or "",
        refused=bool(message.refusal) or choice.finish_reason == "content_filter",
        usage=TokenUsage(
            prompt_tokens=max(usage.prompt_tokens, 0),
            cached_tokens=max((details and details.cached_tokens) or 0, 0),
            completion_tokens=max(usage.completion_tokens, 0),
            reasoning_tokens=max((reasoning and reasoning.reasoning_tokens) or 0, 0),
        ),
    )


def without_thoughts(text: str) -> str:
    """What a model says after it has reasoned aloud."""
    return THOUGHTS.sub("", text, count=1)


def json_of(text: str) -> Any:  # noqa: ANN401
    """The JSON that a model has answered, whether in a fence or not.

    Raises:
        ValueError: It is no JSON.
        RecursionError: It is nested too deeply.
    """
    text = without_thoughts(text)
    fenced = FENCE.fullmatch(text)
    return json.loads(fenced[1] if fenced else text)
