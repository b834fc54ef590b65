"""The mirror of `.state/`: what it holds is a state that once was."""

import json

import pytest

from pipelines.pod.state import StateMirror
from pipelines.store.address import read_address
from pipelines.store.bucket import Bucket
from pipelines.store.objects import Objects


@pytest.fixture
def bucket(store):
    return Bucket(read_address(store))


@pytest.fixture
def mirror(bucket):
    """Makes the mirror of a workspace."""

    def make(workspace):
        return StateMirror(bucket, workspace=workspace, stage="stage", key="key", seconds=60)

    return make


def write_state(workspace, texts):
    """Writes files as a stage does: beside their place, then renamed."""
    for name, text in texts.items():
        file = workspace / ".state" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f"{file.name}.partial")
        partial.write_text(text)
        partial.replace(file)


def state(workspace):
    folder = workspace / ".state"
    files = [file for file in folder.rglob("*") if file.is_file()]
    return {file.relative_to(folder).as_posix(): file.read_text() for file in files}


def copy(mirror):
    """Copies a state as it is when a stage was stopped."""
    with pytest.raises(KeyboardInterrupt), mirror:
        raise KeyboardInterrupt


def meanwhile(monkeypatch, act):
    """Lets something happen after the upload of a state and before what follows it."""
    upload = Objects.upload

    def uploaded(self, ids, cache):
        upload(self, ids, cache)
        act()

    monkeypatch.setattr(Objects, "upload", uploaded)


@pytest.mark.parametrize("texts", [{"a": "1"}, {"key/ä ö": "1", "key/b": "", "key/same": "1"}])
def test_a_state_comes_back_as_it_was(mirror, tmp_path, texts):
    write_state(tmp_path / "one", texts)
    copy(mirror(tmp_path / "one"))
    mirror(tmp_path / "two").restore()
    assert state(tmp_path / "two") == texts


def test_a_state_that_is_there_stays(mirror, tmp_path):
    write_state(tmp_path / "one", {"a": "1"})
    copy(mirror(tmp_path / "one"))
    write_state(tmp_path / "two", {"a": "2"})
    mirror(tmp_path / "two").restore()
    assert state(tmp_path / "two") == {"a": "2"}


def test_what_is_replaced_during_its_upload_is_copied_as_it_was(mirror, tmp_path, monkeypatch):
    write_state(tmp_path / "one", {"a": "1", "b": "1"})
    meanwhile(monkeypatch, lambda: write_state(tmp_path / "one", {"a": "2", "b": "2"}))
    copy(mirror(tmp_path / "one"))
    mirror(tmp_path / "two").restore()
    assert state(tmp_path / "two") == {"a": "1", "b": "1"}


def test_what_is_written_to_during_its_upload_is_not_pointed_to(
    mirror, bucket, tmp_path, monkeypatch
):
    write_state(tmp_path, {"journal": "1"})
    meanwhile(monkeypatch, lambda: (tmp_path / ".state" / "journal").write_text("1, 2"))
    copy(mirror(tmp_path))
    assert bucket.read("state", "stage", "key.json") is None


def test_a_state_with_a_file_that_is_gone_is_not_used(mirror, bucket, tmp_path, capsys):
    write_state(tmp_path / "one", {"a": "1", "b": "2"})
    copy(mirror(tmp_path / "one"))
    snapshot = json.loads(bucket.read("state", "stage", "key.json"))
    gone = bucket.place("state", "files", "md5", snapshot["a"][:2], snapshot["a"][2:])
    bucket.client.delete_object(**gone)
    mirror(tmp_path / "two").restore()
    assert "mirrored state not used: 1 of its 2 files are missing" in capsys.readouterr().err
    assert not state(tmp_path / "two")
