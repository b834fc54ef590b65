"""Records of earlier runs are found; damaged ones are not taken: the stage runs again."""

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
def test_a_record_says_what_was_written_and_a_damaged_one_is_left_out_with_a_line(
    bucket, capsys, content, words
):
    bucket.write(record_key(KEY, "2" * 64), content=content)
    assert records(bucket, KEY) == [ENTRY]
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"left out: {bucket.address}/runs/{KEY[:2]}/{KEY}/")
    assert words in line


def test_a_server_that_fails_does_not_mean_that_there_are_no_records(bucket, proxy, store):
    proxy.spoil(refusal(500, "InternalError"), path="/runs/")
    with pytest.raises(InputError, match="keeps failing"):
        records(Bucket(read_address(store)), KEY)


@pytest.mark.slow
def test_what_is_pushed_is_taken_by_pods_and_made_again_where_its_record_is_damaged(
    finished, store, store_folder, tmp_path
):
    pods = Pods(tmp_path / "pods", image=finished, url=store, run="run-2")
    for stage in ("upper", "count@a"):
        assert "cached result found" in pods.start(stage).stderr
    records = store_folder.glob("runs/*/*/*")
    (file,) = [each for each in records if b"components.upper" in each.read_bytes()]
    whole = file.read_bytes()
    file.write_bytes(b"\xff" * 7)
    again = pods.start("upper")
    assert "left out: " in again.stderr
    assert "running upper" in again.stdout
    assert file.read_bytes() == whole
