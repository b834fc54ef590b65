"""An endpoint's answer to one call: a chat completion in OpenAI's form."""

from dataclasses import dataclass

from components.formats.json_file import parse_json
from components.formats.terms import TokenUsage
from components.runtime.errors import InputError


@dataclass(frozen=True)
class _Message:
    content: str | None = None
    refusal: str | None = None


@dataclass(frozen=True)
class _Choice:
    message: _Message
    finish_reason: str | None = None


@dataclass(frozen=True)
class _Details:
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(frozen=True)
class _Usage:
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Details | None = None
    completion_tokens_details: _Details | None = None


@dataclass(frozen=True)
class _Completion:
    model: str
    choices: list[_Choice]
    usage: _Usage | None = None


@dataclass(frozen=True)
class Reply:
    """What an endpoint answers to one call."""

    model: str  # the answering model's id, as returned; empty where a filter answered
    text: str  # empty where it was refused
    refused: bool  # whether the model or a filter in front of it refused to answer
    usage: TokenUsage


REFUSAL = Reply(model="", text="", refused=True, usage=TokenUsage())  # of a filter


def read_reply(text: str, *, where: str) -> Reply:
    """Reads the body of an answer of the endpoint `where`.

    Raises:
        InputError: It is no chat completion.
    """
    completion = parse_json(text, _Completion, where=where)
    if not completion.choices:
        raise InputError(f"no choice in the answer of {where}")
    choice, usage = completion.choices[0], completion.usage or _Usage()
    prompt = usage.prompt_tokens_details or _Details()
    answer = usage.completion_tokens_details or _Details()
    return Reply(
        model=completion.model,
        text=choice.message.content or "",
        refused=bool(choice.message.refusal) or choice.finish_reason == "content_filter",
        usage=TokenUsage(
            prompt_tokens=max(usage.prompt_tokens, 0),
            cached_tokens=max(prompt.cached_tokens or 0, 0),
            completion_tokens=max(usage.completion_tokens, 0),
            reasoning_tokens=max(answer.reasoning_tokens or 0, 0),
        ),
    )
