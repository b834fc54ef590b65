import pandas as pd
import pytest

from components.figures.table import Column, cells, markdown, read_table, read_tables
from components.formats.params import StudyVariant
from components.statistics.tables import write_tables

COLUMNS = [
    ("name", "Name", "text"),
    ("share", "Right", "share"),
    ("difference", "Difference", "points"),
    ("p", "p", "p"),
    ("count", "Choices", "count"),
    ("absent", "Absent", "number"),
]
CSV = """\
name,share,share_low,share_high,difference,difference_low,difference_high,p,count,hidden,absent
007,0.75,0.301,0.954,-0.009,-0.082,0.064,0.0166,1234,7,
NA,,,,0.0,,,1e-9,,8,
"""


@pytest.fixture
def frame(tmp_path):
    (tmp_path / "small.csv").write_text(CSV, encoding="utf-8")
    return read_table(tmp_path / "small.csv")


def test_readers_see_words_and_no_column_without_values(frame):
    columns, rows = cells(frame, COLUMNS)
    assert [column.name for column in columns] == [
        "name",
        "share",
        "difference",
        "p",
        "count",
    ]
    assert rows == [
        ["007", "75.0% (30.1–95.4)", "−0.9 (−8.2 to +6.4)", "0.017", "1,234"],
        ["NA", "–", "0.0", "< 0.001", "–"],
    ]


def test_numbers_in_memory_read_like_numbers_from_a_file(frame):
    numbers = frame.apply(pd.to_numeric, errors="coerce").assign(name=frame["name"])
    assert cells(numbers, COLUMNS) == cells(frame, COLUMNS)


def test_a_variant_or_section_with_a_numeric_name_keeps_it(study_of, tmp_path):
    variant = StudyVariant("gpt2", "random", "domain", 5, "007")
    write_tables(tmp_path, study_of([variant], {"007": 120}, section="1e3"))
    found = read_tables(tmp_path, experts="Experts")
    assert found["models"]["variant"].tolist() == ["007"]
    _, rows = cells(found["sections"], [("section", "Section", "text"), ("who", "Who", "text")])
    assert rows == [["1e3", "Experts"], ["1e3", "007"]]


@pytest.mark.parametrize("words", ["x", "a long name", "a|b", "two\nlines\n"])
def test_the_lines_of_a_markdown_table_are_equally_long(words):
    columns = [Column("name", "name", "text"), Column("number", "number", "count")]
    text = markdown(columns, [[words, "1"], ["y", "1,000"]])
    assert len({len(line) for line in text.splitlines()}) == 1
    assert text.splitlines()[1].endswith(": |")
