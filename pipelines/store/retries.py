"""Which failed requests are sent again, and how long an unavailable store is waited for."""

import io
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

import botocore.exceptions as faults
from botocore.response import StreamingBody

from components.runtime.errors import InputError

LONGEST_PAUSE = 10.0  # seconds between two tries
SECONDS_UNTIL_LINE = 10.0  # a shorter interruption is not worth a line
SECONDS_BETWEEN_LINES = 60.0
BODY_ATTEMPTS = 5  # for a response that breaks off, where the store is not waited for
UNAVAILABLE_STATUS = (500, 502, 503, 504)
UNAVAILABLE_CODES = ("SlowDown", "RequestTimeout", "RequestTimeoutException", "Throttling")
NOT_WAITED_FOR = ("AbortMultipartUpload",)  # tidies up after a failure; the bucket does so too
BROKEN_OFF = (
    faults.FlexibleChecksumError,
    faults.IncompleteReadError,
    faults.ReadTimeoutError,
    faults.ResponseStreamingError,
)
FIRST_FAILURE = "matching_experts_first_failure"  # keys of a request's context in botocore
NUM_BROKEN = "matching_experts_num_broken"
SECONDS_WAITED = "matching_experts_seconds_waited"  # key of a fault's own record

Fault = Exception | Mapping[str, Any] | None  # what botocore caught, or a response as it parsed it


class StoreUnavailableError(InputError):
    """The server was unavailable for longer than the client waits: waiting again is no use."""


class Retries:
    """Sends a client's requests again while its server is unavailable, with a line each minute.

    botocore asks after each try whether to send a request again. The client's own rule comes first
    (AWS_MAX_ATTEMPTS, short pauses), then this one.

    Attributes:
        store: The store's URL, for the lines.

    Args:
        client: Gets these rules as `client.retries`.
        seconds: For how long a request is sent again after it first failed; 0 for never.
    """

    def __init__(self, client: Any, seconds: float) -> None:  # noqa: ANN401
        self.seconds = seconds
        self.store = "the store"
        self._endpoint = client.meta.endpoint_url
        self._unavailable_since: float | None = None
        self._next_line = 0.0
        self._lock = threading.Lock()  # all threads together print one line
        client.retries = self
        client.meta.events.register_last("needs-retry.s3", self._after_attempt)

    def _after_attempt(
        self,
        *,
        operation: Any,  # noqa: ANN401
        response: tuple[Any, dict[str, Any]] | None,
        caught_exception: Exception | None,
        request_dict: Mapping[str, Any],
        **_: object,
    ) -> float | None:
        """Seconds after which botocore is to send a request again; None for never."""
        context = request_dict["context"]
        fault = caught_exception or (response and response[1])
        if is_unavailable(fault):
            return None if operation.name in NOT_WAITED_FOR else self._pause(context, fault)
        if response is None:
            return None
        if operation.name == "GetObject" and (error := _read_body(*response)):
            context[NUM_BROKEN] = context.get(NUM_BROKEN, 0) + 1
            is_corrupt = isinstance(error, faults.FlexibleChecksumError)
            pause = None if is_corrupt else self._pause(context, error)
            if pause is None and context[NUM_BROKEN] >= BODY_ATTEMPTS:
                raise error
            return pause or 0.0
        self._say_available()
        return None

    def _pause(self, context: dict[str, Any], fault: Fault) -> float | None:
        """Seconds until a failed request is sent again, or None when the wait is over."""
        now = time.monotonic()
        waited: float = now - context.setdefault(FIRST_FAILURE, now)
        if (left := self.seconds - waited) <= 0:
            _record(fault)[SECONDS_WAITED] = self.seconds
            return None
        self._say_unavailable(now, waited)
        return min(LONGEST_PAUSE, 1 + waited, left)

    def _say_unavailable(self, now: float, waited: float) -> None:
        with self._lock:
            if self._unavailable_since is None:
                self._unavailable_since = now
                self._next_line = now + SECONDS_UNTIL_LINE
            if now < self._next_line:
                return
            self._next_line = now + SECONDS_BETWEEN_LINES
        print(
            f"{self.store}: the server {self._endpoint} is unavailable: waiting,"
            f" {waited / 60:.0f} of {self.seconds / 60:.3g} minutes",
            file=sys.stderr,
        )

    def _say_available(self) -> None:
        with self._lock:
            if (since := self._unavailable_since) is None:
                return
            self._unavailable_since = None
            was_printed = self._next_line > since + SECONDS_UNTIL_LINE
        if was_printed:
            seconds = time.monotonic() - since
            line = f"{self.store}: the server is available again after {seconds:.0f} seconds"
            print(line, file=sys.stderr)


def seconds_waited(error: Exception) -> float:
    """For how long a request was sent again before it failed for good with an error."""
    return float(_record(error).get(SECONDS_WAITED, 0))


def _record(fault: Fault) -> dict[str, Any]:
    """What an error of botocore, or a response as it parsed it, knows beside its text."""
    known: dict[str, Any] = {}
    if isinstance(fault, faults.ClientError):
        known = fault.response
    elif isinstance(fault, faults.BotoCoreError):
        known = fault.kwargs
    elif isinstance(fault, dict):
        known = fault
    return known


def is_unavailable(fault: Fault) -> bool:
    """Whether a request failed because the server is unavailable, not because it refused."""
    if isinstance(fault, faults.SSLError):
        return "EOF" in str(fault)  # interrupted; a wrong certificate does not become right
    if isinstance(fault, faults.HTTPClientError | faults.ConnectionError):
        return not isinstance(fault.kwargs.get("error"), ValueError)  # of a malformed address
    if isinstance(fault, Mapping):
        status = fault.get("ResponseMetadata", {}).get("HTTPStatusCode")
        code = fault.get("Error", {}).get("Code")
        return status in UNAVAILABLE_STATUS or code in UNAVAILABLE_CODES
    return isinstance(fault, BROKEN_OFF)


def _read_body(http: Any, response: dict[str, Any]) -> Exception | None:  # noqa: ANN401
    """Reads a downloaded body into memory, so that one that breaks off is a failed request too.

    Every body is small: an object that is read whole, or one part of a large one. Returns the error
    with which it broke off, if it did.
    """
    if http.status_code >= 300:
        return None
    try:
        content = response["Body"].read()
    except BROKEN_OFF as error:
        broken_off: Exception = error
        return broken_off
    response["Body"] = StreamingBody(io.BytesIO(content), len(content))
    return None
