"""A full disk, of the pod or of the store, ends a pod in one line and loses nothing."""

import pytest

from pipelines.dvc.remote import read_address
from pipelines.store.bucket import Bucket
from pipelines.store.serve import environment
from tests.s3_server import KEYS
from tests.small_disk import server_with_small_disk, skip_without_small_disks
from tests.small_study import Pods, add_stage, ended, error_line

MIB = 1 << 20
LARGE = f"""\
import pathlib, random
print("running large")
pathlib.Path("large").write_bytes(random.Random(1).randbytes({6 * MIB}))
"""
READING = """\
import pathlib
print("running reading")
pathlib.Path("read").write_text(str(pathlib.Path("large").stat().st_size))
"""
GREEDY = """\
import pathlib
print("running greedy")
pathlib.Path("filling").write_bytes(bytes(20_000_000))
"""
FILLING = """\
import os
print("running filling")
with open("filling", "wb", buffering=0) as file:
    try:
        while file.write(bytes(4096)):
            pass
    except OSError:
        print("the disk is full")
"""


@pytest.fixture(autouse=True)
def _small_disks():
    skip_without_small_disks()


@pytest.fixture
def large(pods, study):
    """Pods of a study with a stage that makes a file of 6 MiB, and one that reads it."""
    add_stage(study, "large", LARGE, outs=["large"])
    add_stage(study, "reading", READING, deps=["large"], outs=["read"])
    return pods


def start_on_small_disk(pods, stage, *, size):
    """A pod whose workspace is on a small disk."""
    disk = pods.folder / stage / "disk"
    pod = pods.begin(stage, workspace=disk / "workspace", disk=(disk, size))
    return ended(pod, check=False)


def test_a_disk_that_is_full_while_inputs_come_is_named_and_no_half_of_one_is_kept(large, results):
    large.start("large")
    before = results()
    done = start_on_small_disk(large, "reading", size="4m")
    assert "no space left on the disk" in error_line(done)
    assert ".partial" not in done.stdout
    assert results() == before
    assert "running reading" in large.start("reading").stdout


@pytest.mark.parametrize(
    ("code", "printed", "error"),
    [
        (GREEDY, "running greedy", "No space left on device"),
        (FILLING, "the disk is full", "no space left on the disk"),  # when the stage is over
    ],
)
def test_a_stage_that_fills_its_disk_ends_and_leaves_nothing(
    pods, study, results, code, printed, error
):
    add_stage(study, "filling", code, outs=["filling"])
    before = results()
    done = start_on_small_disk(pods, "filling", size="8m")
    assert done.returncode == 1
    assert printed in done.stdout
    assert error in done.stderr
    assert results() == before


def test_outputs_are_not_copied_on_their_way_into_the_store(large):
    done = start_on_small_disk(large, "large", size="8m")
    assert done.returncode == 0, done.stderr
    assert "cached result found" in large.start("large").stderr


def test_a_result_that_cannot_be_handed_out_is_in_the_store(pods):
    place = pods.folder / "page"
    flags = ("--metrics", str(place / "metrics.json"), "--summary", str(place / "summary.md"))
    done = ended(pods.begin("alphabet", *flags, disk=(place, "4k")), check=False)
    assert "no space left on the disk" in error_line(done)
    assert "cached result" in pods.start("alphabet").stderr


@pytest.fixture
def full_store(tmp_path, monkeypatch):
    """A store on a disk of 24 MiB of which 23 are taken."""
    with server_with_small_disk(tmp_path / "disk", size="24m", keys=KEYS) as endpoint:
        for name, value in environment(endpoint, KEYS).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
        monkeypatch.setenv("MATCHING_EXPERTS_STORE_WAIT_MINUTES", "0")
        bucket = Bucket(read_address("s3://bucket/study"))
        bucket.write("filler", content=bytes(23 * MIB))
        yield bucket


@pytest.mark.parametrize("mebibytes", [2, 20])  # in one request, in parts
def test_a_store_that_is_full_is_named_and_takes_the_result_when_there_is_room(
    study, full_store, tmp_path, mebibytes
):
    add_stage(study, "large", LARGE.replace(str(6 * MIB), str(mebibytes * MIB)), outs=["large"])
    pods = Pods(tmp_path / "pods", image=study, url="s3://bucket/study")
    line = error_line(pods.start("large", check=False))
    assert "keeps failing" in line
    assert "disk is full" in line
    keys = [each.key for each in full_store.listed("")]
    assert [key for key in keys if not key.startswith("studies/")] == ["filler"]
    assert not [key for key in keys if key.startswith("studies/run-1/stages")]
    full_store.client.delete_object(**full_store.place("filler"))
    assert "running large" in pods.start("large").stdout
    assert "cached result found" in pods.start("large").stderr
