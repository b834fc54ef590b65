"""Errors in one line: what the user can correct, and what networks report."""

import re

# C0 and C1 but tab and line feed; and what turns the direction of text around (Boucher & Anderson
# 2021, arXiv 2111.00169).
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")


class InputError(Exception):
    """Bad input, in one line: what was found, what was expected, and where."""

    def __str__(self) -> str:
        """The line, whatever it quotes: a file's line breaks and control characters do nothing."""
        return printable(" ".join(super().__str__().splitlines()))


def printable(text: str) -> str:
    """A text that moves no cursor, sets no colour and hides nothing, on a terminal or a page.

    Args:
        text: Of a file, a server or a store; control characters become their escapes.
    """
    return CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def reason(error: BaseException) -> str:
    """The innermost cause of a network error in one line, without user name, password or token.

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
