"""The commands that look after the store."""

from datetime import UTC, datetime, timedelta

import pytest

from components.runtime.errors import InputError
from pipelines.store import commands as module
from pipelines.store.commands import check, studies, verify
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


def test_a_store_that_works_is_ready(store, capsys):
    check(store=store)
    printed = capsys.readouterr()
    assert printed.out == f"{store}: ready\n"
    assert [line.split(":")[0] for line in printed.err.splitlines()] == [
        "reached and listed",
        "written and read",
    ]


@pytest.mark.parametrize(("minutes", "named"), [(-9, r"-5[34]\d"), (9, r"\+5[34]\d")])
def test_a_clock_that_is_off_is_named(store, monkeypatch, minutes, named):
    class Clock(datetime):
        @classmethod
        def now(cls, zone=None):
            return datetime.now(UTC) + timedelta(minutes=minutes)

    monkeypatch.setattr(module, "datetime", Clock)
    with pytest.raises(InputError, match=f"clock is {named} seconds off"):
        check(store=store)


def test_what_is_read_otherwise_than_written_is_named(store, monkeypatch):
    monkeypatch.setattr(module.Bucket, "read", lambda *_: b"other")
    with pytest.raises(InputError, match="found 5 other bytes"):
        check(store=store)


def test_a_whole_store_is_whole(filled, capsys):
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


def test_studies_are_listed_by_their_last_change(filled, capsys):
    filled.age()
    filled.run("train", {"table": b"2"}, run="a")
    studies(store=filled.url)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [["run", "stages"], ["one", "1"], ["a", "1"]]
    studies(store=f"{filled.url}-other")
    assert capsys.readouterr().out == f"{filled.url}-other: no studies\n"
