import bz2
import gzip
import json
import lzma

import pyarrow
import pytest
from pyarrow import parquet

from components.formats.corpus import (
    documents,
    has_split,
    located_documents,
    read_rows,
    write_documents,
)
from components.runtime.errors import InputError

TEXTS = ["one", "two\nlines", "naïve γ — “quoted” \\ 𝄞"]
LINES = "".join(json.dumps({"text": text, "year": 2002}) + "\n" for text in TEXTS).encode()
CATEGORIES = pyarrow.array(TEXTS).dictionary_encode()
BOM = b"\xef\xbb\xbf"


def zstd(content):
    return pyarrow.compress(content, codec="zstd", asbytes=True)


def table(texts, **columns):
    """A Parquet file's bytes."""
    out = pyarrow.BufferOutputStream()
    parquet.write_table(pyarrow.table({"text": texts, **columns}), out)
    return out.getvalue().to_pybytes()


def write(folder, files):
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    return folder


def test_documents_come_back_as_they_were_written(tmp_path):
    with pytest.raises(InputError, match=r"no corpus at .*train\.jsonl.*found nothing"):
        list(documents(tmp_path, "train"))
    assert write_documents(tmp_path, "train", TEXTS) == 3
    assert list(documents(tmp_path, "train")) == TEXTS


@pytest.mark.parametrize(
    "files",
    [
        {"train.jsonl": BOM + LINES},
        {"train.jsonl": LINES.replace(b"\n", b"\r\n") + b"\r\n \n\n"},
        {"train.jsonl": LINES.rstrip(b"\n")},
        {"train.ndjson": b"\n" + LINES},
        {"train.json": b" [" + LINES.rstrip(b"\n").replace(b"}\n{", b"},\n{") + b"]"},
        {"train.jsonl.gz": gzip.compress(LINES[:50]) + gzip.compress(LINES[50:])},
        {"train.jsonl.bz2": bz2.compress(LINES)},
        {"train.jsonl.xz": lzma.compress(LINES)},
        {"train.jsonl.zst": zstd(LINES[:50]) + zstd(LINES[50:])},
        {"train.parquet": table(TEXTS, year=[1, 2, 3])},
        {"data/train-00000-of-00001-0a1b.parquet": table(CATEGORIES)},
        {
            "train-00000-of-00002.jsonl": BOM + LINES.split(b"\n")[0],
            "train-00001-of-00002.jsonl.gz": gzip.compress(BOM + LINES.split(b"\n", 1)[1]),
            "train-notes.jsonl": b"{}",
        },
    ],
)  # fmt: skip
def test_every_form_is_the_same_corpus(tmp_path, files):
    write(tmp_path, {**files, "validation.jsonl": b'{"text": "other"}'})
    assert list(documents(tmp_path, "train")) == TEXTS
    assert list(located_documents(tmp_path, "validation")) == [
        ("other", f"{tmp_path}/validation.jsonl, line 1")
    ]
    assert has_split(tmp_path, "train")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty corpus"),
        (b'{"text": "a"}\n{"text": "caf\xe9"}\n', "not UTF-8: byte 14 of .*line 2"),
        ('{"text": "a"}\n'.encode("utf-16"), "not UTF-8: byte 1 of .*line 1"),
        (b'{"text": "a"}\n{"text": \n', "not JSON .*line 2"),
        (b'{"text": "a"}\r{"text": "b"}\r', "not JSON .*line 1"),
        (b'\n{"text": ' + b"[" * 10**5, "not JSON .*line 2"),
        (b'{"text": "a", "number": ' + b"1" * 5000 + b"}", "not JSON .*line 1"),
        (b'{"body": "a"}\n', 'expected {"text": "..."}.*line 1'),
        (b'{"text": "a"}\n\n{"text": null}\n', 'expected {"text": "..."}.*line 3'),
        (b'{"text": "  "}\n', "not empty.*line 1"),
        (b'{"text": 5}\n', "text is 5, expected a text: .*line 1"),
        (b'["text"]\n', 'expected {"text": "..."}.*row 1'),
        (b'"text"\n', 'expected {"text": "..."}.*line 1'),
        (b'{"text": "a \\ud83d"}', r"half a character, \\ud83d, in the text: .*line 1"),
    ],
)
def test_a_bad_line_is_named(tmp_path, content, words):
    write(tmp_path, {"train.jsonl": content})
    with pytest.raises(InputError, match=words) as error:
        list(documents(tmp_path, "train"))
    assert "train.jsonl" in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("jsonl.gz", gzip.compress(LINES)[:-9], "damaged or cut off .*behind .*line 3"),
        ("jsonl.gz", LINES, r"damaged or cut off .*\), before the first row of"),
        ("jsonl.gz", b"", "empty corpus"),
        ("jsonl.bz2", bz2.compress(LINES)[:-9], "damaged or cut off"),
        ("jsonl.xz", lzma.compress(LINES)[:-9], "damaged or cut off"),
        ("jsonl.zst", zstd(LINES)[:-3], "damaged or cut off"),
        ("parquet", table(TEXTS)[:-9], "damaged or cut off"),
        ("parquet", table(["a", None]), "not empty: .*row 2"),
        ("parquet", table([1, 2]), "text is 1, expected a text: .*row 1"),
        ("parquet", table([]), "empty corpus"),
        ("csv", b"text\na\n", r"no corpus at .*train\.jsonl: expected .*: found train\.csv"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_named(tmp_path, name, content, words):
    write(tmp_path, {f"train.{name}": content})
    with pytest.raises(InputError, match=words) as error:
        list(documents(tmp_path, "train"))
    assert "train." in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "names",
    [
        ("train.jsonl", "train.jsonl.gz"),
        ("train.jsonl", "data/train.jsonl"),
        ("train.jsonl", "train-00000-of-00001.jsonl"),
        ("train-00000-of-00002.jsonl",),
        ("train-00000-of-00002.jsonl", "train-00001-of-00003.jsonl"),
        ("train-00000-of-00001.jsonl", "train-00000-of-00001.parquet"),
    ],
)
def test_files_that_can_be_read_in_two_ways_are_refused(tmp_path, names):
    write(tmp_path, dict.fromkeys(names, LINES))
    with pytest.raises(InputError, match="expected one file, or each of its parts once: found"):
        list(documents(tmp_path, "train"))


def test_rows_hold_the_columns_that_are_asked_for_and_there(tmp_path):
    rows = [{"text": "é", "year": 2015, "other": [1]}, {"text": "b", "year": None, "other": []}]
    write_documents(tmp_path, "train", rows)
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "train.parquet")
    expected = [{"text": "é", "year": 2015}, {"text": "b", "year": None}]
    for file in (tmp_path / "train.jsonl", tmp_path / "train.parquet"):
        with file.open("rb") as stream:
            found = read_rows(stream, name=file.name, columns=("year", "doi", "text"))
            assert [row for row, _ in found] == expected
    expected = pytest.raises(InputError, match=r"one column doi or body in x.parquet: found text")
    with (tmp_path / "train.parquet").open("rb") as stream, expected:
        list(read_rows(stream, name="x.parquet", columns=("doi", "body")))


def test_documents_are_read_one_at_a_time(tmp_path):
    (tmp_path / "train.jsonl").write_text('{"text": "first"}\nnot JSON\n')
    assert next(documents(tmp_path, "train")) == "first"
