"""An endpoint with OpenAI's chat completions: a local server with an open model, OpenAI or Azure.

The `openai` package sends the requests. What is tried again, when, and how fast, is decided here:
the package would try each request by itself, without regard to the others.
"""

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx2
import openai

from components.formats.params import LOCAL_ENDPOINT, LanguageModel
from components.language_model.pacing import Pace, pause_after
from components.language_model.reply import REFUSAL, Reply, read_reply
from components.runtime.errors import InputError, reason, without_credentials

AZURE = "azure"  # endpoint whose URL comes from the environment
OPENAI_URL = "https://api.openai.com/v1"
ATTEMPTS = 8  # of one call
LIST_SECONDS = 20.0  # for the list of models, the first thing that is asked
WARNING_DAYS = 90  # before a model's retirement
ON_TRIAL = re.compile(r"temperature|reasoning_effort|response_format")


class Endpoint:
    """Asks an endpoint, within its limits of requests and tokens a minute.

    Attributes:
        url: Base URL, ending in /v1; given as `azure`, that in AZURE_OPENAI_ENDPOINT.
        client: The `openai` package's client, to be closed.
        parameters: Parameters of a call, without those that the model has been found to lack.

    Raises:
        InputError: The URL is none or holds a password, or there is no key in the environment.
    """

    def __init__(
        self, url: str, *, model: str, limits: LanguageModel, parameters: Mapping[str, Any]
    ) -> None:
        self.url, self._variable = _base_url(url)
        self._key = os.environ.get(self._variable, "").strip()
        if self._key and not re.fullmatch(r"[!-~]+", self._key):
            raise InputError(f"{self._variable} holds no key: expected ASCII without spaces")
        if not self._key and (url == AZURE or self.url == OPENAI_URL):
            raise InputError(f"no key for {self.url}: expected it in {self._variable}")
        self._model = model
        self.parameters = dict(parameters)
        self._requests = Pace(limits.requests_per_minute)
        self._tokens = Pace(limits.tokens_per_minute)
        self._http = openai.DefaultAioHttpClient(
            limits=httpx2.Limits(max_connections=limits.concurrency),
            timeout=httpx2.Timeout(limits.timeout, pool=None),
        )
        self.client = openai.AsyncOpenAI(
            api_key=self._key or "none",
            base_url=self.url,
            max_retries=0,
            http_client=self._http,
        )
        self._headers = {"content-type": "application/json"}
        if self._key:
            self._headers["authorization"] = f"Bearer {self._key}"

    async def check(self) -> None:
        """Asks for the list of models, and warns of the retirement of the one that is used.

        Not every endpoint has the list, and an alias of a model is not on it: only an endpoint
        that is not reached or refuses the key is an error.

        Raises:
            InputError: The endpoint is not reached or refuses the key.
        """
        try:
            answer = await self.client.get(
                "/models", cast_to=httpx2.Response, options={"timeout": LIST_SECONDS}
            )
            listed = answer.json()["data"]
            found = next(row for row in listed if row["id"] == self._model)
        except (openai.APIConnectionError, openai.AuthenticationError) as error:
            raise InputError(self._line(error)) from None
        except (openai.APIError, ValueError, KeyError, TypeError, StopIteration):
            return
        if (days := _days_left(found)) is not None and days < WARNING_DAYS:
            print(  # noqa: T201
                f"{self._model} is retired in {days:.0f} days, by the list of models at {self.url}",
                file=sys.stderr,
            )

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Turns errors of the Batch API in the block into one line each.

        Raises:
            InputError: The endpoint did not answer as it should.
            openai.NotFoundError: It has no Batch API, or not what was asked for.
        """
        try:
            yield
        except openai.NotFoundError:
            raise
        except openai.APIError as error:
            raise InputError(self._line(error)) from None

    def body(self, messages: Sequence[Mapping[str, str]]) -> dict[str, Any]:
        """What a call sends."""
        return {"model": self._model, "messages": messages, **self.parameters}

    async def ask(
        self, messages: Sequence[Mapping[str, str]], *, tokens: int, first: bool = False
    ) -> Reply:
        """The answer to one call, which is tried again where that can help.

        Args:
            messages: Messages of the call.
            tokens: Estimated tokens of the call, for the limit.
            first: Whether it is the first call: an endpoint that is not reached is given up.

        Raises:
            InputError: The endpoint did not answer, or refused the call for good.
        """
        failures = 0
        while True:
            if (wait := max(self._requests.reserve(), self._tokens.reserve(tokens))) > 0:
                await asyncio.sleep(wait)
            body = self.body(messages)
            try:
                reply = read_reply(await self._post(json.dumps(body).encode()), where=self.url)
            except (openai.APIStatusError, httpx2.HTTPError, InputError) as error:
                if _is_filtered(error):
                    return REFUSAL
                if parameter := _unsupported(error, body):
                    self.parameters.pop(parameter, None)
                    continue
                failures += 1
                pause = pause_after(error, failures)
                unreached = first and isinstance(error, httpx2.HTTPError)
                if pause is None or unreached or failures == ATTEMPTS:
                    raise InputError(self._line(error)) from None
                await asyncio.sleep(pause)
            else:
                used = reply.usage.prompt_tokens + reply.usage.completion_tokens
                self._tokens.reserve(used - tokens)
                return reply

    async def _post(self, content: bytes) -> str:
        """The body of the answer to one attempt.

        The connections are those of the package's client, but the request is made here: the client
        would make each anew, at twice the CPU time of all the rest.
        """
        url = f"{self.url}/chat/completions"
        response = await self._http.post(url, content=content, headers=self._headers)
        if response.is_success:
            return response.text
        try:
            body = response.json()["error"]
        except (ValueError, KeyError, TypeError):
            body = None
        raise openai.APIStatusError(f"status {response.status_code}", response=response, body=body)

    def _line(self, error: Exception) -> str:
        """What went wrong in one line, without the key."""
        if isinstance(error, openai.APIStatusError):
            status = error.status_code
            if status in (401, 403):  # servers repeat parts of the key
                given = f"the key in {self._variable}" if self._key else "a call without a key"
                expected = "" if self._key else f": expected one in {self._variable}"
                return f"{self.url} refuses {given} ({status}){expected}"
            if status == 404:
                odd = "" if self.url.endswith("/v1") else ", a URL that does not end in /v1"
                return f"no model {self._model} at {self.url}{odd} (404): {self._said(error)}"
            return f"{self.url} answered {status}: {self._said(error)}"
        if isinstance(error, openai.APIConnectionError | httpx2.HTTPError):
            if _is_timeout(error):
                return f"{self.url} does not answer in time"
            return self.clean(f"cannot reach {self.url}: {reason(error)}")
        return self.clean(str(error))

    def _said(self, error: openai.APIStatusError) -> str:
        """What the server says of an error."""
        body = error.body
        text = body.get("message") if isinstance(body, dict) else None
        return self.clean(str(text or error.response.text or error.response.reason_phrase))

    def clean(self, text: str) -> str:
        """What a server said, in one short line without the key."""
        text = " ".join(without_credentials(text).split())
        text = text.replace(self._key, "***") if self._key else text
        return text if len(text) <= 300 else f"{text[:300]}..."


def _base_url(url: str) -> tuple[str, str]:
    """The base URL of an endpoint, and the name of the variable that holds its key."""
    if url == AZURE:
        resource = os.environ.get("AZURE_OPENAI_ENDPOINT", "").rstrip("/")
        if not resource:
            raise InputError("no Azure endpoint: expected its URL in AZURE_OPENAI_ENDPOINT")
        url, variable = f"{resource}/openai/v1", "AZURE_OPENAI_API_KEY"
    else:
        url, variable = url.rstrip("/"), "OPENAI_API_KEY"
    try:
        parts = urlsplit(url)
        named = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        complete = bool(named and re.fullmatch(r"[!-~]+", url))
    except ValueError:
        complete = False
    if not complete:
        expected = f"{LOCAL_ENDPOINT} say, or {AZURE}"
        raise InputError(f"endpoint {without_credentials(url)!r}: expected a URL, {expected}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InputError(
            f"endpoint {parts.scheme}://...{parts.path}: expected a URL without credentials,"
            f" and the key in {variable}"
        )
    return url, variable


def _is_timeout(error: BaseException | None) -> bool:
    """Whether time ran out; the package takes a refused connection for that too."""
    while error is not None and not isinstance(error, TimeoutError):
        error = error.__cause__ or error.__context__
    return error is not None


def _is_filtered(error: Exception) -> bool:
    """Whether an error is the refusal of a content filter in front of the model, as Azure's."""
    if not isinstance(error, openai.APIStatusError) or error.status_code != 400:
        return False
    return is_filter(f"{error.code} {error.body}")


def is_filter(told: str) -> bool:
    """Whether an error is the refusal of a content filter, by what the server says of it."""
    return "content_filter" in told or "content_policy" in told


def _unsupported(error: Exception, body: dict[str, Any]) -> str | None:
    """The parameter of a call that the model does not have, if an error says so."""
    if not isinstance(error, openai.APIStatusError) or error.status_code not in (400, 422):
        return None
    found = ON_TRIAL.search(f"{error.param} {error.body} {error.response.text}")
    return found[0] if found and found[0] in body else None


def _days_left(row: dict[str, Any]) -> float | None:
    """Days until a listed model is retired: OpenAI gives a date, Azure seconds since 1970."""
    try:
        if date := row.get("shutdown_date"):
            retired = time.mktime(time.strptime(str(date)[:10], "%Y-%m-%d"))
        else:
            retired = float((row.get("deprecation") or {})["inference"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    return (retired - time.time()) / 86400
