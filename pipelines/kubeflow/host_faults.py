"""The faults of a Kubeflow Pipelines host, each as one line that says what to mend."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import kfp_server_api
import urllib3

from components.errors import InputError

TOKEN = "KFP_TOKEN"  # noqa: S105 (the name of a variable)
BUSY = {408, 429, 500, 502, 503, 504}
LOGIN = (
    f"answered with a web page, maybe to log in, not as Kubeflow Pipelines does: set {TOKEN},"
    " or check --host"
)


class AwayError(InputError):
    """A host that is not there for the moment: not reached, or too busy to answer."""


@contextmanager
def named_faults(url: str, *, missing: str) -> Iterator[None]:
    """Turns what goes wrong with a host into one line that says what to mend.

    Args:
        url: The host's URL.
        missing: What is missing if the host has no such thing, and what to do.

    Raises:
        AwayError: The host is not reached, or too busy to answer.
        InputError: It refuses.
    """
    try:
        yield
    except kfp_server_api.ApiException as error:
        refuse(url, error.status or 0, error.body or error.reason, missing=missing)
    except urllib3.exceptions.HTTPError as error:
        raise away(url, error) from None


def away(url: str, error: Exception) -> AwayError:
    """The error for a host that is not reached."""
    reason = getattr(error, "reason", None) or error
    hint = "SSL_CERT_FILE" if isinstance(reason, urllib3.exceptions.SSLError) else "--host"
    return AwayError(f"{url}: not reached ({one_line(reason)}): check {hint}")


def refuse(url: str, status: int, content: object, *, missing: str) -> NoReturn:
    """Raises what a host's refusal means.

    Args:
        url: The host's URL.
        status: Its answer's status.
        content: What it said.
        missing: What is missing if the host has no such thing, and what to do.

    Raises:
        AwayError: The host is too busy to answer.
        InputError: It refuses.
    """
    reason = said(content)
    if status == 0:  # how the client tells of certificates
        raise away(url, urllib3.exceptions.SSLError(reason))
    if status in range(300, 400):
        raise InputError(f"{url}: {LOGIN}")
    if status == 401:
        raise InputError(f"{url}: the token is missing, wrong or expired: set {TOKEN}")
    if status == 403:
        raise InputError(f"{url}: not allowed: check {TOKEN} and --namespace ({reason})")
    if status == 404:
        raise InputError(f"{url}: {missing}")
    kind = AwayError if status in BUSY else InputError
    raise kind(f"{url}: refused ({status}): {reason}")


def said(content: object) -> str:
    """What a server's refusal says in words."""
    told = read_json(content)
    if isinstance(told, dict):
        content = told.get("message") or told.get("error") or content
    return one_line(content.decode(errors="replace") if isinstance(content, bytes) else content)


def read_json(content: object) -> Any:  # noqa: ANN401
    """What an answer holds, or nothing if it is no JSON."""
    try:
        return json.loads(content) if isinstance(content, (bytes, str)) else None
    except ValueError:
        return None


def one_line(text: object) -> str:
    """A text without line ends, of a long one the beginning."""
    return " ".join(str(text).split())[:300]
