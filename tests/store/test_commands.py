"""The commands check, verify and studies."""

from contextlib import chdir
from datetime import UTC, datetime, timedelta

import pytest

from components.runtime.errors import InputError
from pipelines.store import commands as module
from pipelines.store.commands import check, studies, verify
from pipelines.store.push import push


@pytest.fixture
def filled(empty):
    empty.run("train", {"model": {"weights": b"w" * 99, "empty": b""}, "table": b"1"}, run="one")
    return empty


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


@pytest.mark.parametrize(
    ("returned", "words"),
    [("other", "found 5 other bytes"), ("20\r\n{}\r\n0\r\n", "when_required")],
)
def test_a_server_that_returns_other_bytes_is_named(store, monkeypatch, returned, words):
    read = module.Bucket.read
    monkeypatch.setattr(
        module.Bucket, "read", lambda *place: returned.format(read(*place).decode()).encode()
    )
    with pytest.raises(InputError, match=words):
        check(store=store)


@pytest.mark.slow
def test_a_corrupt_object_is_marked_and_pushed_again(finished, store_folder, capsys):
    (spoiled,) = [file for file in store_folder.glob("files/*/*/*") if file.read_bytes() == b"ANNA"]
    spoiled.write_bytes(b"ANNE")
    with chdir(finished):
        with pytest.raises(InputError, match=f"{spoiled.parent.name}{spoiled.name} \\("):
            verify(run="run-1")
        push(run="run-1")
        assert spoiled.read_bytes() == b"ANNA"
        verify()
    assert "all intact" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("pattern", "content"),
    [("files/*/*/*", b"w" * 99), ("files/*/*/*", b"1"), ("files/*/*/*.dir", b"")],
    ids=["of a folder", "a file", "a manifest"],
)
def test_a_missing_or_corrupt_object_is_named(filled, capsys, pattern, content):
    verify(store=filled.url)
    assert "6 objects, all intact" in capsys.readouterr().out
    file = next(each for each in filled.folder.glob(pattern) if content in each.read_bytes())
    if content:
        file.unlink()
    else:
        file.write_bytes(b"[]")
    where = r"\((data|model|table) of study one\)"
    with pytest.raises(InputError, match=rf"1 of \d objects are .*{file.name} {where} first: push"):
        verify(store=filled.url, run="one")
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
