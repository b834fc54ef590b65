"""The check before any work."""

from datetime import UTC, datetime, timedelta

import pytest

from components.runtime.errors import InputError
from pipelines.store import commands as module
from pipelines.store.commands import check
from tests.small_study import store_command


def test_a_store_that_works_is_ready(store, capsys):
    check(store=store)
    printed = capsys.readouterr()
    assert printed.out == f"{store}: ready\n"
    assert [line.split(":")[0] for line in printed.err.splitlines()] == [
        "reached and listed",
        "written and read",
    ]


def test_the_store_of_a_checkout_is_its_default_remote(study, store):
    assert f"{store}: ready" in store_command(study, "check").stdout


def test_a_bucket_that_there_is_not_is_named(store):
    with pytest.raises(InputError, match="s3://nowhere: no such bucket: create it"):
        check(store="s3://nowhere")


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
