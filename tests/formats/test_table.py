from typing import NamedTuple

import pytest
from pydantic import FiniteFloat, NonNegativeInt

from components.formats.table import Flag, read_rows, write_rows
from components.runtime.errors import InputError


class Sample(NamedTuple):
    name: str
    depth: FiniteFloat
    count: NonNegativeInt | None
    clear: Flag


ROWS = [
    Sample("brook, upper", 0.1 + 0.2, 3, True),
    Sample('"pond"\nµ', -1.5, None, False),
    Sample("lake\rsea", 2.0, 1, True),
]
HEADER = b"name,depth,count,clear\n"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "samples.csv"


def test_what_is_written_is_read(file):
    write_rows(file, Sample, ROWS)
    assert read_rows(file, Sample) == ROWS
    write_rows(file, Sample, ROWS, numbered=True)
    assert file.read_bytes().startswith(b",name,")
    assert read_rows(file, Sample) == ROWS


def test_columns_may_stand_in_any_order_with_others_and_a_byte_order_mark(file):
    file.write_bytes(b"\xef\xbb\xbfclear,note,count,depth,name\n1,!,3,2.5,brook\n")
    assert read_rows(file, Sample) == [Sample("brook", 2.5, 3, clear=True)]


def test_a_column_that_may_be_empty_may_be_left_out(file):
    rows = [each._replace(count=None) for each in ROWS]
    write_rows(file, Sample, rows, without=("count",))
    assert b"count" not in file.read_bytes()
    assert read_rows(file, Sample) == rows


def test_only_a_file_that_may_be_empty_is_read_without_rows(file):
    write_rows(file, Sample, [])
    assert read_rows(file, Sample, may_be_empty=True) == []
    with pytest.raises(InputError, match="no row in .*: expected at least one below the header"):
        read_rows(file, Sample)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no column name, depth, clear in .*: found nothing"),
        (b"name,count\n", "no column depth, clear in .*: found name, count"),
        (HEADER + b"a,1,,1\n ,1,,1\n", "empty name: .*, row 2"),
        (HEADER + b"a,1,,1\n\n \nb,1\n", "2 cells, expected the header's 4: .*, row 2"),
        (HEADER + b"a,1,,1,5\n", "5 cells, expected the header's 4: .*, row 1"),
        (b"name,name,depth,clear\na,b,1,1\n", "two columns name in .*: expected one"),
        (HEADER.replace(b",", b";"), "no column name, depth, clear in .*: found name;depth;"),
        (HEADER + b"a,nan,,1\n", "depth is 'nan', expected a finite number: .*, row 1"),
        (HEADER + b"a,1,-1,1\n", "count is '-1', expected greater than or equal to 0: .*, row 1"),
        (HEADER + b"a,1,1.5,1\n", "count is '1.5', expected a valid integer: .*, row 1"),
        (HEADER + b"a,1,,yes\n", "clear is 'yes', expected 1 or 0: .*, row 1"),
        (HEADER + b"a,1,,1\n\xff,1,,1\n", "not UTF-8: byte 0xff in .*, line 3"),
        (HEADER + b'a,"1\n', "not CSV"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(file, content, words):
    file.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        read_rows(file, Sample)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)
