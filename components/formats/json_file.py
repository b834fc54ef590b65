"""JSON and YAML files, read as a dataclass whose fields are the names in the file."""

import functools
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from components.runtime.atomic import write_json
from components.runtime.errors import InputError

T = TypeVar("T")
Number = Annotated[float, Field(ge=0, allow_inf_nan=False)]  # finite, at least 0
PositiveNumber = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def read_json(file: Path, kind: type[T]) -> T:
    """The content of a JSON file as a dataclass, or another type that pydantic knows.

    Names that the type does not have are ignored.

    Raises:
        InputError: The file is missing, not UTF-8 or not JSON, or a value is missing or of another
            type.
    """
    return parse_json(read_text(file), kind, where=str(file))


def read_yaml(file: Path, kind: type[T]) -> T:
    """The content of a YAML 1.2 file; arguments and errors as of `read_json`."""
    content = parse_yaml(read_text(file), where=str(file))
    return parse_json(json.dumps(content, default=str), kind, where=str(file))


def parse_yaml(text: str, *, where: str) -> Any:  # noqa: ANN401
    """The value of a text in YAML 1.2, as DVC reads it; `where` is its name in errors.

    Raises:
        InputError: The text is no YAML, has a list as a key, or an anchor within itself.
    """
    try:
        # The pure loader: with ruamel's C extension, "safe" would read YAML 1.1.
        content = YAML(typ="safe", pure=True).load(text)
        json.dumps(content, default=str)  # every value is to have a form in JSON
    except (YAMLError, TypeError, ValueError, RecursionError) as error:  # a 31st of February, say
        problem = str(error).splitlines()[0]
        if isinstance(error, MarkedYAMLError) and error.problem_mark:
            problem = f"{error.problem}, line {error.problem_mark.line + 1}"
        raise InputError(f"{where}: not YAML ({problem})") from None
    return content


def parse_json(text: str, kind: type[T], *, where: str) -> T:
    """The value in a JSON text, as `read_json` has it.

    Raises:
        InputError: The text is not JSON, or a value in it is missing or of another type.
    """
    try:
        # mypy doubts that types are hashable.
        content: T = _adapter(kind).validate_json(text, strict=True)  # type: ignore[arg-type]
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        place = ".".join(map(str, found["loc"]))
        if found["type"] == "json_invalid":
            problem = f"not JSON ({found['ctx']['error']})"
        elif found["type"] == "missing":
            problem = f"no {place}"
        elif found["type"] == "unexpected_keyword_argument":
            problem = f"unknown key {place}"
        else:
            shown = repr(found["input"])
            value = shown if len(shown) <= 40 else f"{shown[:37]}..."
            problem = f"{place or 'the content'} is {value}, {expectation(error)}"
        raise InputError(f"{problem}: {where}") from None
    return content


def read_json_lines(file: Path, kind: type[T]) -> Iterator[tuple[T, str]]:
    """Each line's value, blank lines left out, and its place; errors as of `read_json`."""
    for number, line in enumerate(read_text(file).split("\n"), start=1):
        where = f"{file}, line {number}"
        if line.strip():
            yield parse_json(line, kind, where=where), where


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401
    return TypeAdapter(kind)


def expectation(error: ValidationError) -> str:
    """What pydantic expected of the first wrong value, as `expected ...`."""
    text = error.errors(include_url=False)[0]["msg"].partition(", unable")[0]
    return f"expected {re.sub(r'^(Value error, |[A-Z][a-z]+ should (be|have) )', '', text)}"


def write_record(file: Path, record: object) -> None:
    """Writes a dataclass as JSON, whole or not at all."""
    write_json(file, plain(record))


def write_yaml(file: Path, content: Any) -> None:  # noqa: ANN401
    """Writes plain values as YAML, long lines unbroken."""
    yaml = YAML()
    yaml.width = 1000
    with file.open("w", encoding="utf-8") as out:
        yaml.dump(content, out)


def plain(value: object) -> Any:  # noqa: ANN401
    """A value as dicts, lists, texts and finite numbers; dataclasses become dicts."""
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):  # a NamedTuple
        return plain(value._asdict())
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    assert value is None or isinstance(value, str | bool | int | float), type(value)
    assert not isinstance(value, float) or math.isfinite(value)
    return value


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
