"""Network errors in one line, without credentials."""

import re

CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")


def reason(error: BaseException) -> str:
    """The innermost cause of an error in one line, without user name, password or token.

    Clients wrap what happened several times ("max retries exceeded with url: ..."); the first
    error of the chain is the one that says it: connection refused, name not known, timed out.
    Only where a client wraps an error in one of its own kind, the outer one says more.
    """
    while (cause := error.__cause__ or error.__context__) and type(cause) is not type(error):
        error = cause
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return without_credentials(" ".join(text.split()))


def without_credentials(text: str) -> str:
    """The text with the user name and password of each URL left out."""
    return CREDENTIALS.sub("", text)
