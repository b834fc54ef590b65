"""Which failed requests are sent again, and how long a store that is unavailable is waited for."""

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
SECONDS_UNTIL_SAID = 10.0  # a shorter absence is not worth a line
SECONDS_BETWEEN_LINES = 60.0
BODY_ATTEMPTS = 5  # for an answer that breaks off, where nothing is waited for
UNAVAILABLE_STATUS = (500, 502, 503, 504)
UNAVAILABLE_CODES = ("SlowDown", "RequestTimeout", "RequestTimeoutException", "Throttling")
NOT_WAITED_FOR = ("AbortMultipartUpload",)  # tidies up after a failure; the bucket does so too
BROKEN_OFF = (
    faults.FlexibleChecksumError,
    faults.IncompleteReadError,
    faults.ReadTimeoutError,
    faults.ResponseStreamingError,
)
FIRST_FAILURE = "matching_experts_first_failure"  # keys of what botocore remembers of a request
NUM_BROKEN = "matching_experts_num_broken"

Answer = tuple[Any, dict[str, Any]]  # botocore's: of HTTP, and what was read in it


class StoreUnavailableError(InputError):
    """The server was unavailable for longer than it is waited for: waiting once more is no use."""


class Retries:
    """Sends a client's requests again while its server is unavailable, and says so meanwhile.

    botocore asks after each try whether to send a request again. The client's own rule comes first
    (AWS_MAX_ATTEMPTS, short pauses), then this one.

    Attributes:
        seconds: For how long a request is sent again after it first failed; 0 for never.
        store: The store's URL, with which the lines begin.

    Args:
        seconds: As above.
        endpoint: URL of the server, for the lines.
    """

    def __init__(self, seconds: float, *, endpoint: str) -> None:
        self.seconds = seconds
        self.store = "the store"
        self._endpoint = endpoint
        self._unavailable_since: float | None = None
        self._next_line = 0.0
        self._lock = threading.Lock()  # one server, one line, however many threads wait

    def watch(self, client: Any) -> None:  # noqa: ANN401 (boto3 makes its classes when it runs)
        """Applies to a client's requests from now on, as `client.retries`."""
        client.retries = self
        client.meta.events.register_last("needs-retry.s3", self._after_attempt)

    def _after_attempt(
        self,
        *,
        operation: Any,  # noqa: ANN401
        response: Answer | None,
        caught_exception: Exception | None,
        request_dict: Mapping[str, Any],
        **_: object,
    ) -> float | None:
        """Answers botocore's question whether to send a request again: after how many seconds."""
        fault = caught_exception or response
        context = request_dict["context"]
        if is_unavailable(fault):
            if fault is None or operation.name in NOT_WAITED_FOR:
                return None
            return self._pause(context, fault)
        if response is None:
            return None
        if operation.name == "GetObject" and (error := _read_body(response)):
            context[NUM_BROKEN] = context.get(NUM_BROKEN, 0) + 1
            pause = self._pause(context, error)
            if pause is None and context[NUM_BROKEN] >= BODY_ATTEMPTS:
                raise error
            return pause or 0.0
        self._say_available()
        return None

    def _pause(self, context: dict[str, Any], fault: Exception | Answer) -> float | None:
        """Seconds until a failed request is sent again, or None after so long a wait."""
        now = time.monotonic()
        waited: float = now - context.setdefault(FIRST_FAILURE, now)
        if (left := self.seconds - waited) <= 0:
            if self.seconds:
                _note_wait(fault, self.seconds)
            return None
        self._say_unavailable(now, waited)
        return min(LONGEST_PAUSE, 1 + waited, left)

    def _say_unavailable(self, now: float, waited: float) -> None:
        with self._lock:
            if self._unavailable_since is None:
                self._unavailable_since = now
                self._next_line = now + SECONDS_UNTIL_SAID
            if now < self._next_line:
                return
            self._next_line = now + SECONDS_BETWEEN_LINES
        _say(
            f"{self.store}: the server {self._endpoint} is unavailable: waiting,"
            f" {waited / 60:.0f} of {self.seconds / 60:.3g} minutes"
        )

    def _say_available(self) -> None:
        with self._lock:
            if (since := self._unavailable_since) is None:
                return
            self._unavailable_since = None
            was_said = self._next_line > since + SECONDS_UNTIL_SAID
        if was_said:
            seconds = time.monotonic() - since
            _say(f"{self.store}: the server is available again after {seconds:.0f} seconds")


def is_unavailable(fault: Exception | Answer | None) -> bool:
    """Whether a request failed because the server is unavailable, not because it refused.

    Args:
        fault: What botocore caught, or the answer.
    """
    if isinstance(fault, faults.SSLError):
        return "EOF" in str(fault)  # it went in the middle; another certificate stays another
    if isinstance(fault, faults.HTTPClientError | faults.ConnectionError):
        return not isinstance(fault.kwargs.get("error"), ValueError)  # an address that is none
    if isinstance(fault, tuple):
        code = fault[1].get("Error", {}).get("Code")
        return fault[0].status_code in UNAVAILABLE_STATUS or code in UNAVAILABLE_CODES
    return False


def waited_for(error: Exception) -> str:
    """How long was waited before an error, as the end of its line."""
    if isinstance(error, faults.ClientError):
        notes = [error.response.get("ResponseMetadata", {}).get(FIRST_FAILURE)]
    else:
        notes = getattr(error, "__notes__", [])
    return "".join(f", {note}" for note in notes[:1] if note)


def _read_body(response: Answer) -> Exception | None:
    """Reads a downloaded body into memory, so that one that breaks off is a failed request too.

    Every body is small: an object that is read whole, or one part of a large one.

    Returns:
        The error with which the body broke off, if it did.
    """
    http, answer = response
    if http.status_code >= 300:
        return None
    try:
        content = answer["Body"].read()
    except BROKEN_OFF as error:
        broken_off: Exception = error
        return broken_off
    answer["Body"] = StreamingBody(io.BytesIO(content), len(content))
    return None


def _note_wait(fault: Exception | Answer, seconds: float) -> None:
    note = f"waited {seconds / 60:.3g} minutes"
    if isinstance(fault, tuple):
        fault[1].setdefault("ResponseMetadata", {})[FIRST_FAILURE] = note
    else:
        fault.add_note(note)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
