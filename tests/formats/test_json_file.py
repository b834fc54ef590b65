from dataclasses import dataclass
from typing import NamedTuple

import pytest

from components.formats.json_file import (
    Number,
    read_json,
    read_json_lines,
    read_yaml,
    write_record,
)
from components.runtime.errors import InputError


class Ends(NamedTuple):
    low: float
    high: float


@dataclass(frozen=True)
class Pond:
    name: str
    depths: tuple[Number, ...] = ()
    ends: Ends | None = None
    fish: dict[str, int] | None = None


@pytest.fixture
def file(tmp_path):
    return tmp_path / "pond.json"


@pytest.mark.parametrize(
    "pond", [Pond("µ"), Pond("p", (0.1 + 0.2, 1e-300), Ends(-1.0, 2.0), {"trout": 3})]
)
def test_what_is_written_is_read(file, pond):
    write_record(file, pond)
    assert read_json(file, Pond) == pond


def test_further_names_are_ignored(file):
    file.write_text('{"name": "p", "colour": "green"}', encoding="utf-8")
    assert read_json(file, Pond) == Pond("p")
    file.write_text("name: p\ncolour: green\n", encoding="utf-8")
    assert read_yaml(file, Pond) == Pond("p")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{}", "no name: "),
        ("[]", r"the content is \[\], expected an object: "),
        ('{"name": 3}', "name is 3, expected a valid string: "),
        ('{"name": "p", "depths": [1, -2]}', "depths.1 is -2, expected greater than or equal to 0"),
        ('{"name": "p", "depths": [NaN]}', "depths.0 is nan, expected a finite number"),
        ('{"name": "p", "ends": {"low": 1}}', "no ends.high: "),
        ('{"name": "p", "fish": {"trout": true}}', "fish.trout is True, expected a valid integer"),
        ('{"name": ', "not JSON .*line 1 column 9"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(file, text, words):
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        read_json(file, Pond)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [\n", r"pond.json: not YAML \(.*, line 2\)"),
        ("a: 2026-02-31\n", r"pond.json: not YAML \(day is out of range for month\)"),
        ("[a]: 1\n", r"pond.json: not YAML \(keys must be str, .*, not tuple\)"),
        ("? [[a]]\n: 1\n", r"pond.json: not YAML \(unhashable type: 'list'\)"),
        ("a: &b [*b]\n", r"pond.json: not YAML \(Circular reference detected\)"),
        ("", "the content is None"),
        ("a: 1", "no name"),
    ],
)
def test_yaml_that_does_not_fit_is_named(file, text, words):
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_yaml(file, Pond)


def test_a_line_of_json_ends_where_the_line_feed_is(file):
    file.write_text('{"name": "a\u2028b\x85"}\r\n\n{"name": "c"}', encoding="utf-8", newline="")
    found = read_json_lines(file, Pond)
    assert list(found) == [
        (Pond("a\u2028b\x85"), f"{file}, line 1"),
        (Pond("c"), f"{file}, line 3"),
    ]


def test_a_file_that_is_missing_or_not_utf_8_is_named(file):
    with pytest.raises(InputError, match=f"no file at {file}"):
        read_json(file, Pond)
    file.write_bytes(b'{\n"name": "\xff"}')
    with pytest.raises(InputError, match=f"not UTF-8: byte 0xff in {file}, line 2"):
        read_json(file, Pond)
