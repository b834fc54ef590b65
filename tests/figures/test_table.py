import pytest

from components.figures.table import Column, Estimate, Table, markdown
from components.formats.statistics import Accuracy, Interval

SHARE = Accuracy(3, 4, 0.75, 4.0, Interval(0.301, 0.954))
TABLE = Table(
    "small",
    "A caption.",
    (
        Column("name", "name"),
        Column("share", "right", "share"),
        Column("difference", "difference", "points"),
        Column("p", "p", "p"),
        Column("hidden", "", "count"),
        Column("absent", "absent", "number"),
    ),
    [
        [
            "a",
            Accuracy(3, 4, 0.75, 4.0, Interval(0.301, 0.954)),
            Estimate(-0.009, Interval(-0.082, 0.064)),
            0.0166,
            7,
            None,
        ],
        ["b", None, Estimate(0.0), 1e-9, 8, None],
    ],
)


def test_readers_see_words_and_no_column_without_values():
    assert [column.name for column in TABLE.shown] == ["name", "share", "difference", "p"]
    assert TABLE.cells == [
        ["a", "75.0% (30.1–95.4)", "−0.9 (−8.2 to +6.4)", "0.017"],
        ["b", "–", "0.0", "< 0.001"],
    ]


@pytest.mark.parametrize("words", ["x", "a long name", "a|b"])
def test_the_lines_of_a_markdown_table_are_equally_long(words):
    text = markdown(["name", "number"], [[words, "1"], ["y", "1,000"]], sides="<>")
    assert len({len(line) for line in text.splitlines()}) == 1
    assert text.splitlines()[1].endswith(": |")
