"""The published data is recognised by its bytes, wherever a source keeps it."""

import hashlib

import pytest

from components.runtime.errors import InputError
from tests import reference as published

PUBLIC = b'pid,age,correct,current position\n1.0,40,1,"a, b"\n'
KEPT = b"pid,correct\n1.0,1\n"


@pytest.fixture
def checksums(tmp_path, monkeypatch):
    """Checksums of two files, one of them expected in two places."""
    file = tmp_path / "checksums"
    contents = {"tags/a.txt": b"a", "results/a.txt": b"a", "humans/p.csv": KEPT}
    lines = (f"{hashlib.sha256(each).hexdigest()}  {place}\n" for place, each in contents.items())
    file.write_text("".join(lines))
    monkeypatch.setattr(published, "CHECKSUMS", file)
    return contents


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source" / "deep"
    folder.mkdir(parents=True)
    (folder / "participant_data.csv").write_bytes(PUBLIC)
    (folder / "another name").write_bytes(b"a")
    return folder.parent


def test_files_are_found_by_their_bytes_and_persons_are_left_out(checksums, source, tmp_path):
    folder = tmp_path / "reference"
    published.reference(sources=(str(source),), folder=folder)
    found = {
        each.relative_to(folder).as_posix(): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file()
    }
    assert found == checksums
    published.reference(sources=(str(folder),), folder=tmp_path / "copy")  # has no such columns


def test_a_file_that_no_source_has_is_named_and_nothing_is_written(checksums, source, tmp_path):
    (source / "deep" / "another name").write_bytes(b"changed")
    with pytest.raises(InputError, match=r"results/a.txt, tags/a.txt: no file with the SHA-256"):
        published.reference(sources=(str(source),), folder=tmp_path / "reference")
    assert not (tmp_path / "reference").exists()
