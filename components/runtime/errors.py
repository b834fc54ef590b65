"""The exception for errors that the user can correct."""


class InputError(Exception):
    """Bad input, in one line: what was found, what was expected, and where."""
