"""Patience with a server that is away: requests are sent again until it is back, for so long."""

import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

import botocore.exceptions as faults

from components.runtime.errors import InputError

LONGEST_PAUSE = 10.0  # seconds between two tries
SECONDS_UNTIL_SAID = 10.0  # a shorter absence is not worth a line
SECONDS_BETWEEN_LINES = 60.0
AWAY_STATUS = (500, 502, 503, 504)
AWAY_CODES = ("SlowDown", "RequestTimeout", "RequestTimeoutException", "Throttling")
NOT_WAITED_FOR = ("AbortMultipartUpload",)  # tidies up after a failure; the bucket does so too
BEGAN = "matching_experts_away_since"

Answer = tuple[Any, dict[str, Any]]  # botocore's: of HTTP, and what was read in it


class StoreAwayError(InputError):
    """The server was away for longer than there was patience: waiting once more is no use."""


class Patience:
    """How long a client's requests wait for a server that is away, and what is said meanwhile.

    botocore asks after each try whether to send a request again. The client's own rule comes first
    (AWS_MAX_ATTEMPTS, short pauses), then this one.

    Args:
        seconds: How long a request is sent again after it failed first; 0, and it never is.
        endpoint: The server, for the lines that are said.
    """

    def __init__(self, seconds: float, *, endpoint: str) -> None:
        self.seconds = seconds
        self.store = "the store"  # what the lines begin with
        self._endpoint = endpoint
        self._away_since: float | None = None
        self._next_line = 0.0
        self._lock = threading.Lock()  # one server, one line, however many threads wait

    def watch(self, client: Any) -> None:  # noqa: ANN401 (boto3 makes its classes when it runs)
        """Makes a client's requests wait, and the client known by this patience."""
        client.patience = self
        client.meta.events.register_last("needs-retry.s3", self._after_answer)

    def pause(self, request: dict[str, Any], *, fault: Exception | Answer) -> float | None:
        """Seconds until a request that failed is sent again, or nothing after so long a wait.

        Args:
            request: What is remembered of the request; empty when it fails first.
            fault: How it failed; it is told how long was waited.
        """
        now = time.monotonic()
        waited: float = now - request.setdefault(BEGAN, now)
        if (left := self.seconds - waited) <= 0:
            if self.seconds:
                _note_wait(fault, self.seconds)
            return None
        self._say_away(now, waited)
        return min(LONGEST_PAUSE, 1 + waited, left)

    def _after_answer(
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
        if not is_away(fault):
            if response is not None:
                self._say_back()
            return None
        if fault is None or operation.name in NOT_WAITED_FOR:
            return None
        return self.pause(request_dict["context"], fault=fault)

    def _say_away(self, now: float, waited: float) -> None:
        with self._lock:
            if self._away_since is None:
                self._away_since = now
                self._next_line = now + SECONDS_UNTIL_SAID
            if now < self._next_line:
                return
            self._next_line = now + SECONDS_BETWEEN_LINES
        _say(
            f"{self.store}: the store is away (not reached at {self._endpoint}): waiting,"
            f" {waited / 60:.0f} of {self.seconds / 60:.3g} minutes"
        )

    def _say_back(self) -> None:
        with self._lock:
            if (since := self._away_since) is None:
                return
            self._away_since = None
            was_said = self._next_line > since + SECONDS_UNTIL_SAID
        if was_said:
            _say(f"{self.store}: the store is back after {time.monotonic() - since:.0f} seconds")


def is_away(fault: Exception | Answer | None) -> bool:
    """Whether a request failed because the server is away, not because it refused.

    Args:
        fault: What botocore caught, or the answer.
    """
    if isinstance(fault, faults.SSLError):
        return "EOF" in str(fault)  # it went in the middle; another certificate stays another
    if isinstance(fault, faults.HTTPClientError | faults.ConnectionError):
        return not isinstance(fault.kwargs.get("error"), ValueError)  # an address that is none
    if isinstance(fault, tuple):
        code = fault[1].get("Error", {}).get("Code")
        return fault[0].status_code in AWAY_STATUS or code in AWAY_CODES
    return False


def waited_for(error: Exception) -> str:
    """How long was waited before an error, as the end of its line."""
    if isinstance(error, faults.ClientError):
        notes = [error.response.get("ResponseMetadata", {}).get(BEGAN)]
    else:
        notes = getattr(error, "__notes__", [])
    return "".join(f", {note}" for note in notes[:1] if note)


def _note_wait(fault: Exception | Answer, seconds: float) -> None:
    note = f"waited {seconds / 60:.3g} minutes"
    if isinstance(fault, tuple):
        fault[1].setdefault("ResponseMetadata", {})[BEGAN] = note
    else:
        fault.add_note(note)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201
