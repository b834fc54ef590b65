"""When a call may be made: within a minute's limits, and after a failure."""

import email.utils
import random
import re
import time

import httpx2
import openai

LONGEST_PAUSE = 30.0  # seconds between two attempts, unless the server asks for more
LONGEST_WAIT = 600.0  # seconds that a server may ask to wait for
BURST_SECONDS = 0.25  # calls that are late by less are made up for


class Pace:
    """Spreads what a minute allows, if it has a limit, evenly over it."""

    def __init__(self, per_minute: float | None) -> None:
        self._seconds = 60 / per_minute if per_minute else 0.0
        self._next = time.monotonic()

    def reserve(self, amount: float = 1.0) -> float:
        """Seconds to wait before an amount may be used; a negative amount gives back."""
        now = time.monotonic()
        begin = max(self._next, now - BURST_SECONDS)
        self._next = begin + amount * self._seconds
        return max(begin - now, 0.0)


def pause_after(error: Exception, attempt: int) -> float | None:
    """Seconds until a call is tried again; None where that cannot help."""
    backoff: float = min(LONGEST_PAUSE, 0.5 * 2 ** (attempt - 1)) * random.uniform(0.75, 1.0)
    if not isinstance(error, openai.APIStatusError):  # no connection, or an answer that is no JSON
        return backoff
    status = error.status_code
    if error.code == "insufficient_quota" or (status < 500 and status not in (408, 409, 429)):
        return None
    asked = retry_after(error.response.headers)
    if asked is None:
        return backoff
    return None if asked > LONGEST_WAIT else asked


def retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds that a server asks to wait for; None where it does not say.

    The header is a number of seconds or a date (RFC 9110, 10.2.3); OpenAI and Azure also give
    milliseconds.
    """
    for name, unit in (("retry-after-ms", 1000), ("retry-after", 1)):
        text = headers.get(name, "")
        if re.fullmatch(r"\d{1,9}(\.\d*)?", text):
            return float(text) / unit
    try:
        when = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    return max(when.timestamp() - time.time(), 0.0)
