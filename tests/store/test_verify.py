"""Objects that are read to see whether they are whole."""

import pytest

from components.runtime.errors import InputError
from pipelines.store import commands as module
from pipelines.store.commands import verify
from pipelines.store.layout import object_key
from tests.small_study import clone, dvc, error_line, store_command
from tests.store.filled_store import FilledStore


@pytest.fixture
def filled(store, store_folder, tmp_path):
    filled = FilledStore(store, folder=store_folder, cache=tmp_path / "cache")
    filled.run("train", {"model": {"weights": b"w" * 99, "empty": b""}, "table": b"1"}, run="one")
    return filled


def place(filled, content):
    """Where the store keeps an object."""
    return filled.folder.joinpath(object_key(filled.put(content)))


@pytest.mark.parametrize("room", [1, 100, 1 << 30])
def test_a_whole_store_is_whole_however_much_is_read_at_once(filled, capsys, monkeypatch, room):
    monkeypatch.setattr(module, "ROOM", room)
    verify(store=filled.url)
    assert "6 objects, all whole" in capsys.readouterr().out


def test_what_is_corrupt_is_marked_and_pushed_again(study, pods, store_folder, tmp_path):
    dvc(study, "repro")
    store_command(study, "push", "--run", "mine")
    (spoiled,) = [file for file in store_folder.glob("files/*/*/*") if file.read_bytes() == b"ANNA"]
    spoiled.write_bytes(b"ANNE")
    line = error_line(store_command(study, "verify", "--run", "mine", check=False))
    assert f"objects are missing or corrupt, {spoiled.parent.name}{spoiled.name} first" in line
    store_command(study, "push", "--run", "mine")
    assert spoiled.read_bytes() == b"ANNA"
    assert "all whole" in store_command(study, "verify").stdout
    target = clone(study, tmp_path / "clone")
    store_command(target, "adopt", "--run", "mine")
    dvc(target, "pull")


@pytest.mark.parametrize("content", [b"w" * 99, b"1"])
def test_a_missing_object_is_named(filled, content):
    place(filled, content).unlink()
    with pytest.raises(InputError, match="1 of 6 objects are missing or corrupt"):
        verify(store=filled.url, run="one")


def test_a_corrupt_manifest_is_named(filled):
    (manifest, *_) = sorted(filled.folder.glob("files/md5/*/*.dir"))
    manifest.write_bytes(b"[]")
    with pytest.raises(InputError, match=rf"{manifest.name} first: push them"):
        verify(store=filled.url)


def test_an_unknown_study_is_named(filled):
    with pytest.raises(InputError, match="no study two"):
        verify(store=filled.url, run="two")
