"""Generated files of cases."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.formats.cases import CaseRow, read_cases, write_cases
from components.formats.corpus import write_documents
from components.overlap.stage import overlap
from tests.fuzz import damaged_bytes, run_in_process

ROWS = [
    CaseRow("10.5555/1", "Cells", "It rose, not fell.", "It fell.", "It [[rose, not fell, fell]]."),
    CaseRow("10.5555/1", "Cells", "It rose\nby 5.", "It sank\nby 5.", "It [[rose,sank]]\nby 5."),
    CaseRow("10.5555/2", "Brooks/“Lore”", "α was γ; so 海.", "α was β; so 山.",
            "α was [[γ, β]]; so [[海, 山]]."),
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz")
    write_documents(folder / "corpus", "train", ["It rose by 5 % and so on."])
    write_cases(folder / "whole.csv", ROWS)
    return folder


@given(data=st.data(), spelled=st.booleans())
def test_any_cases_are_what_their_columns_say_or_refused(folder, data, spelled):
    content = (folder / "whole.csv").read_bytes()
    if spelled:  # as a spreadsheet saves it
        content = b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n")
    file = folder / "human.csv"
    file.write_bytes(data.draw(damaged_bytes(content)))
    flags = {"cases": folder, "corpus": folder / "corpus", "overlap": folder / "overlap"}
    refused = run_in_process(overlap, *(f"--{name}={value}" for name, value in flags.items()))
    if refused is not None:
        assert "human.csv" in refused
        return
    text = file.read_bytes().decode("utf-8-sig").lstrip("\r\n")
    every = csv.DictReader(io.StringIO(text, newline=""))
    rows = [row for row in every if any(str(each or "").strip() for each in row.values())]
    for case, row in zip(read_cases(file), rows, strict=True):
        assert case.doi == row["doi"]
        assert case.original.strip() == row["original_abstract"].strip()
        assert case.altered.strip() == row["incorrect_abstract"].strip()
    metrics = json.loads((folder / "overlap" / "metrics.json").read_text())
    assert metrics["num_cases"] == {"human": len(rows)}
