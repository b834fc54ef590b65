"""Damaged objects in the store are found by the pod that needs them, and made again."""

from pipelines.dvc.lock_entries import read_entries
from pipelines.store.layout import object_key
from tests.small_study import error_line


def objects_with(folder, content):
    return [file for file in folder.glob("files/md5/*/*") if content in file.read_bytes()]


def spoil(store_folder, content, other):
    (file,) = objects_with(store_folder, content)
    file.write_bytes(other)
    return file


def test_a_corrupt_output_is_marked_made_again_and_then_good(begun, store_folder):
    spoiled = spoil(store_folder, b"ANNA", b"ANNE")
    line = error_line(begun.start("count@a", check=False))
    assert f"corrupt object {spoiled.parent.name}{spoiled.name}: marked" in line
    assert (store_folder / "corrupt" / f"{spoiled.parent.name}{spoiled.name}").exists()
    assert not begun.entry("count@a")
    again = begun.start("upper")
    assert "running upper" in again.stdout
    assert "cached result not used: artifacts/upper: 1 of its 4 objects" in again.stderr
    assert spoiled.read_bytes() == b"ANNA"
    assert "running count" in begun.start("count@a").stdout
    assert "cached result found" in begun.start("upper").stderr


def test_a_truncated_output_is_made_again(begun, store_folder):
    spoiled = spoil(store_folder, b"ANNA", b"ANN")
    again = begun.start("upper")
    assert "running upper" in again.stdout
    assert "cached result not used: artifacts/upper: found" in again.stderr
    assert spoiled.read_bytes() == b"ANNA"


def test_a_missing_output_is_made_again(begun, store_folder):
    (file,) = objects_with(store_folder, b"ANNA")
    file.unlink()
    line = error_line(begun.start("count@a", check=False))
    assert "objects that count@a needs are missing" in line
    assert f"{file.parent.name}{file.name} first" in line
    assert "running upper" in begun.start("upper").stdout
    assert "running count" in begun.start("count@a").stdout


def test_a_corrupt_manifest_is_made_again(begun, store_folder):
    entries = read_entries(begun.entry("upper"), where="")
    manifest = entries["upper"]["outs"][0]["md5"]
    (store_folder / object_key(manifest)).write_bytes(b"[]")
    assert f"corrupt object {manifest}" in error_line(begun.start("count@a", check=False))
    assert "running upper" in begun.start("upper").stdout
    assert "running count" in begun.start("count@a").stdout


def test_corrupt_data_is_named(pods, store_folder):
    spoiled = spoil(store_folder, b"Anna", b"Anne")
    line = error_line(pods.start("upper", check=False))
    assert f"corrupt object {spoiled.parent.name}{spoiled.name}: marked" in line
    assert "pipelines.store push" in line


def test_a_corrupt_metric_of_a_stage_that_did_not_run_is_made_again(finished, store_folder):
    flags = ("--metrics", str(finished.folder / "metrics.json"))
    spoil(store_folder, b'"human": 0.4', b'{"human": 0.9, "count": 4, "of": {"texts": 3}}')
    assert "corrupt object" in error_line(finished.start("report", *flags, check=False))
    assert "running report" in finished.start("report", *flags).stdout
