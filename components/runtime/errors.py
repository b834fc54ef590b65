"""The exception for errors that the user can correct."""

import re

# C0 and C1 but tab and line feed; and what turns the direction of text around (Boucher & Anderson
# 2021, arXiv 2111.00169).
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


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
