"""The one exception for what a person can mend."""


class InputError(Exception):
    """Input that a person can mend: one line that says what was found, what was expected, where."""
