"""Answers of Kubernetes and of Kubeflow's API, whose errors have the same form."""

import json
from collections.abc import Callable
from typing import Any

from components.runtime.errors import printable


def error_message(error: Any) -> str:  # noqa: ANN401 (each client has an error of its own)
    """The message of a server's refusal, as either client raises it."""
    content = error.body or error.reason
    text = content.decode(errors="replace") if isinstance(content, bytes) else content
    answer = read_json(text)
    return one_line(answer.get("message") or text if isinstance(answer, dict) else text)


def read_raw(call: Callable[..., Any], *arguments: object, **options: object) -> Any:  # noqa: ANN401
    """An answer of Kubernetes as its JSON says; None if it is none.

    The client's own classes refuse what newer servers leave out.
    """
    return read_json(call(*arguments, **options, _preload_content=False).data)


def read_json(content: object) -> Any:  # noqa: ANN401
    """An answer parsed as JSON; None if it is none."""
    try:
        return json.loads(content) if isinstance(content, (bytes, str)) else None
    except ValueError:
        return None


def one_line(text: object) -> str:
    """A text in one line of at most 300 characters, control characters as their escapes."""
    return printable(" ".join(str(text).split()))[:300]
