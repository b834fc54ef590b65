"""Damaged objects in the store are found by the pod that needs them, and made again."""

import pytest

from pipelines.dvc.lock_entries import outputs
from pipelines.store.layout import object_key
from pipelines.store.studies import read_entry
from tests.small_study import error_line


def object_with(folder, content):
    (file,) = (file for file in folder.glob("files/md5/*/*") if content in file.read_bytes())
    return file


def spoil(folder, content, other):
    """Writes other content over an object; returns its id."""
    file = object_with(folder, content)
    file.write_bytes(other)
    return f"{file.parent.name}{file.name}"


def test_a_corrupt_output_is_marked_made_again_and_then_good(begun, store_folder):
    spoiled = spoil(store_folder, b"ANNA", b"ANNE")
    line = error_line(begun.start("count@a", check=False))
    assert f"corrupt object {spoiled}: marked" in line
    assert (store_folder / "corrupt" / spoiled).exists()
    assert not begun.entry("count@a")
    again = begun.start("upper")
    assert "running upper" in again.stdout
    assert "cached result not used: artifacts/upper: 1 of its 4 objects" in again.stderr
    assert object_with(store_folder, b"ANNA")
    assert "running count" in begun.start("count@a").stdout
    assert "cached result found" in begun.start("upper").stderr


def test_a_truncated_output_is_made_again(begun, store_folder):
    spoil(store_folder, b"ANNA", b"ANN")
    again = begun.start("upper")
    assert "running upper" in again.stdout
    assert "cached result not used: artifacts/upper: found" in again.stderr
    assert object_with(store_folder, b"ANNA")


@pytest.mark.parametrize("damage", ["missing file", "corrupt manifest"])
def test_what_a_pod_misses_is_named_and_made_again(begun, store_folder, damage):
    (output,) = outputs(read_entry(begun.bucket, begun.run, "upper"), where="")
    if damage == "corrupt manifest":
        (store_folder / object_key(output.identifier)).write_bytes(b"[]")
        words = f"corrupt object {output.identifier}"
    else:
        file = object_with(store_folder, b"ANNA")
        file.unlink()
        words = f"objects that count@a needs are missing, {file.parent.name}{file.name} first"
    assert words in error_line(begun.start("count@a", check=False))
    assert "running upper" in begun.start("upper").stdout
    assert "running count" in begun.start("count@a").stdout


def test_corrupt_data_is_named(pods, store_folder):
    spoiled = spoil(store_folder, b"Anna", b"Anne")
    line = error_line(pods.start("upper", check=False))
    assert f"corrupt object {spoiled}: marked" in line
    assert "pipelines.store push" in line


def test_a_corrupt_metric_of_a_stage_that_did_not_run_is_made_again(finished, store_folder):
    flags = ("--metrics", str(finished.folder / "metrics.json"))
    spoil(store_folder, b'"human": 0.4', b'{"human": 0.9, "count": 4, "of": {"texts": 3}}')
    assert "corrupt object" in error_line(finished.start("report", *flags, check=False))
    assert "running report" in finished.start("report", *flags).stdout
