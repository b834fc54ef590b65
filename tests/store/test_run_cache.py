"""Damaged records and outputs of other runs are not taken: the stage runs again."""

import pytest

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import run_cache_key
from pipelines.dvc.remote import read_address
from pipelines.store.bucket import Bucket
from pipelines.store.layout import record_key
from pipelines.store.run_cache import records, write_record
from tests.faulty_proxy import refusal
from tests.small_study import Pods

ENTRY = {
    "cmd": "make",
    "deps": [{"path": "größe.py", "md5": "0" * 32, "size": 1}],
    "params": {"params.yaml": {"a": 1.5}},
    "outs": [{"path": "made", "md5": "1" * 32, "size": 3}],
}
KEY = run_cache_key(ENTRY)


@pytest.fixture(autouse=True)
def _record(bucket):
    write_record(bucket, ENTRY)


def test_a_record_says_what_was_written(bucket):
    assert records(bucket, KEY) == [ENTRY]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ""),
        (b"\xff\x00", ""),
        (b"cmd: [", ""),
        (b"outs: 5", ""),
        (
            b"cmd: make\nouts:\n- {path: made, md5: ../../x, size: 3}\n",
            "expected path, md5 and size",
        ),
        (b"? [1]\n: 2", ""),
        (b"cmd: make\ndeps: 2026-01-01\nouts: []\n", ""),
        (b"cmd: other\n", "another stage's record"),
    ],
)
def test_a_damaged_record_is_left_out_with_a_line(bucket, capsys, content, words):
    bucket.write(record_key(KEY, "2" * 64), content=content)
    assert records(bucket, KEY) == [ENTRY]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"left out: {bucket.address}/runs/{KEY[:2]}/{KEY}/")
    assert words in line


def test_a_server_that_fails_does_not_mean_that_there_are_no_records(bucket, proxy, store):
    proxy.spoil(refusal(500, "InternalError"), path="/runs/")
    with pytest.raises(InputError, match="keeps failing"):
        records(Bucket(read_address(store)), KEY)


def truncate(file):
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def garble(file):
    file.write_bytes(b"\xff" * 7)


@pytest.mark.slow
@pytest.mark.parametrize(("place", "damage"), [("record", garble), ("output", truncate)])
def test_what_another_run_left_damaged_is_made_again(
    finished, store, store_folder, tmp_path, place, damage
):
    pods = Pods(tmp_path / "pods", image=finished, url=store, run="run-2")
    pattern, content = {
        "record": ("runs/*/*/*", b"components.upper"),
        "output": ("files/md5/*/*", b"ANNA"),
    }[place]
    (file,) = [each for each in store_folder.glob(pattern) if content in each.read_bytes()]
    whole = file.read_bytes()
    damage(file)
    again = pods.start("upper")
    assert "running upper" in again.stdout
    assert {"record": "left out: ", "output": "cached result not used: "}[place] in again.stderr
    assert file.read_bytes() == whole
    assert "cached result found" in pods.start("upper").stderr
