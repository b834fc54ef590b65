"""Records that cannot be read are left out, with a line that says so."""

import pytest

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import run_cache_key
from pipelines.store.bucket import Bucket, read_address
from pipelines.store.layout import record_key
from pipelines.store.run_cache import records, write_record
from tests.faulty_proxy import refusal

ENTRY = {
    "cmd": "make",
    "deps": [{"path": "größe.py", "md5": "0" * 32, "size": 1}],
    "params": {"params.yaml": {"a": 1.5}},
    "outs": [{"path": "made", "md5": "1" * 32, "size": 3}],
}
KEY = run_cache_key(ENTRY)


@pytest.fixture
def bucket(store):
    bucket = Bucket(read_address(store))
    write_record(bucket, ENTRY)
    return bucket


def test_a_record_says_what_was_written(bucket):
    assert records(bucket, KEY) == [ENTRY]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\x00",
        b"cmd: [",
        b"outs: 5",
        b"cmd: make\nouts:\n- {path: made, md5: ../../x, size: 3}\n",
        b"? [1]\n: 2",
        b"cmd: make\ndeps: 2026-01-01\nouts: []\n",
    ],
)
def test_a_record_that_is_none_is_left_out(bucket, capsys, content):
    bucket.write(record_key(KEY, "2" * 64), content=content)
    assert records(bucket, KEY) == [ENTRY]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"left out: {bucket.address}/runs/{KEY[:2]}/{KEY}/")


def test_a_record_of_another_key_is_left_out(bucket, capsys):
    bucket.write(record_key(KEY, "2" * 64), content=b"cmd: other\n")
    assert records(bucket, KEY) == [ENTRY]
    assert "another stage's record" in capsys.readouterr().err


def test_a_server_that_refuses_does_not_mean_that_nothing_was_made(bucket, proxy, store):
    proxy.spoil(refusal(500, "InternalError"), path="/runs/")
    with pytest.raises(InputError, match="keeps failing"):
        records(Bucket(read_address(store)), KEY)
