"""Summaries in Markdown."""

import pytest

from pipelines.pod.summary import summary
from pipelines.store.lock_entries import outputs
from tests.pod.made import Made


@pytest.fixture
def made(tmp_path):
    return Made(tmp_path / "cache")


def text(made, *, made_before=False):
    return summary(
        "figures",
        made_before=made_before,
        outputs=outputs(made.entry, where="here"),
        contents=made.contents,
    )


def test_it_begins_with_the_stage_and_the_table_of_results(made):
    made.folder("artifacts/figures", {"table.md": b"| model | share |\n|---|---|\n| a | 1 |"})
    lines = text(made).splitlines()
    assert lines[0] == "# figures"
    assert lines[2:5] == ["| model | share |", "|---|---|", "| a | 1 |"]


def test_it_says_what_was_made_and_whether_this_pod_made_it(made):
    made.file("artifacts/report.html", b"x" * 12345)
    (output,) = outputs(made.entry, where="here")
    assert "Made by this run." in text(made)
    assert "Cached result" in text(made, made_before=True)
    assert f"| artifacts/report.html | 12,345 | {output.identifier} |" in text(made)


def test_every_table_stands_between_empty_lines(made):
    made.folder("artifacts/figures", {"table.md": b"| a |\n|---|\n| b |"})
    parts = text(made).split("\n\n")
    tables = [part for part in parts if part.startswith("|")]
    assert len(tables) == 2
    for table in tables:
        assert len({line.count("|") for line in table.strip().splitlines()}) == 1
