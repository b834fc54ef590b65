"""A JSON or YAML file whose values are looked up by name, each with its kind checked."""

import json
import math
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from components.runtime.errors import InputError

Kind = TypeVar("Kind")


class Record:
    """A table of values from a file; every look-up that fails names the file and the value."""

    def __init__(self, values: Any, *, file: Path, name: str = "") -> None:  # noqa: ANN401
        """Takes a table over.

        Args:
            values: The table.
            file: The file that it comes from, for messages.
            name: Its place in the file, with dots; empty for the whole file.

        Raises:
            InputError: It is no table, or holds a name that is no text.
        """
        where = f"{name} in {file}" if name else str(file)
        if not isinstance(values, dict):
            raise InputError(f"expected names with values in {where}: found {_shown(values)}")
        for key in values:
            if not isinstance(key, str):
                raise InputError(f"{where} names a value {key!r}: expected a text, quote it")
        self.values: dict[str, Any] = values
        self.file = file
        self.name = name

    def record(self, key: str) -> "Record":
        """The table of this name."""
        return Record(self._value(key, dict, "a table"), file=self.file, name=self._place(key))

    def records(self, key: str) -> list["Record"]:
        """The tables in the list of this name."""
        values = self._value(key, list, "a list")
        return [
            Record(value, file=self.file, name=f"{self._place(key)}[{number}]")
            for number, value in enumerate(values)
        ]

    def text(self, key: str) -> str:
        """The text of this name."""
        return self._value(key, str, "a text")

    def flag(self, key: str) -> bool:
        """The true or false of this name."""
        return self._value(key, bool, "true or false")

    def integer(self, key: str) -> int:
        """The whole number of this name, at least 0."""
        value = self._value(key, int, "a whole number")
        if isinstance(value, bool) or value < 0:
            raise self._unexpected(key, value, "a whole number of at least 0")
        return value

    def number(self, key: str) -> float:
        """The number of this name, finite and at least 0."""
        value = self._value(key, (int, float), "a number")
        if isinstance(value, bool) or not math.isfinite(value) or value < 0:
            raise self._unexpected(key, value, "a finite number of at least 0")
        return float(value)

    def _value(self, key: str, kind: type[Kind] | tuple[type[Kind], ...], expected: str) -> Kind:
        if key not in self.values:
            raise InputError(f"no {self._place(key)} in {self.file}: expected {expected}")
        value = self.values[key]
        if not isinstance(value, kind):
            raise self._unexpected(key, value, expected)
        return value

    def _unexpected(self, key: str, value: object, expected: str) -> InputError:
        found = f"{self._place(key)} is {_shown(value)} in {self.file}"
        return InputError(f"{found}: expected {expected}")

    def _place(self, key: str) -> str:
        return f"{self.name}.{key}" if self.name else key


def read_json(file: Path) -> Record:
    """The table in a JSON file.

    Raises:
        InputError: The file is missing, not UTF-8, not JSON, or holds no table.
    """
    text = read_text(file)
    try:
        return Record(json.loads(text), file=file)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON ({error.msg}): {file}, line {error.lineno}") from None


def read_yaml(file: Path) -> Record:
    """The table in a YAML 1.2 file.

    Raises:
        InputError: The file is missing, not UTF-8, not YAML, or holds no table.
    """
    text = read_text(file)
    try:
        # The pure loader: with ruamel's C extension, "safe" would read YAML 1.1.
        return Record(YAML(typ="safe", pure=True).load(text), file=file)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{file}, line {mark.line + 1}" if mark else str(file)
        raise InputError(f"not YAML ({getattr(error, 'problem', 'unreadable')}): {where}") from None


def read_text(file: Path) -> str:
    """The text of a file in UTF-8, without a byte order mark.

    Raises:
        InputError: The file is missing or not UTF-8.
    """
    if not file.is_file():
        raise InputError(f"no file at {file}")
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        byte, line = error.object[error.start], error.object[: error.start].count(b"\n") + 1
        raise InputError(f"not UTF-8: byte {byte:#04x} in {file}, line {line}") from None


def _shown(value: object) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."
