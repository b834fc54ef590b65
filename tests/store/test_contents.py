"""Incomplete outputs in the store are found before anybody uses them."""

import json

import pytest

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import outputs
from pipelines.dvc.remote import read_address
from pipelines.store.bucket import Bucket
from pipelines.store.layout import object_key
from pipelines.store.objects import Objects
from tests.faulty_proxy import refusal


@pytest.fixture
def folder(empty):
    """A folder of two files, in the store."""
    (output,) = outputs(empty.entry("stage", {"folder": {"a": b"abc", "ä": b""}}), where="")
    return output


def problem(empty, output):
    return Objects(empty.bucket).incomplete([output]).get(output)


def key_of_member(empty, folder):
    return object_key(json.loads(empty.bucket.read(object_key(folder.identifier)))[0]["md5"])


def test_a_whole_folder_has_no_problem(empty, folder):
    assert problem(empty, folder) is None


def test_a_missing_or_truncated_file_of_a_folder_is_named(empty, folder):
    key = key_of_member(empty, folder)
    empty.bucket.write(key, content=b"ab")
    assert problem(empty, folder) == "found 2 bytes, expected 3"
    (empty.folder / key).unlink()
    assert problem(empty, folder) == "1 of its 3 objects are missing"


def test_a_corrupt_or_missing_manifest_is_named(empty, folder):
    key = object_key(folder.identifier)
    empty.bucket.write(key, content=b"[]")
    assert f"corrupt object {folder.identifier}" in problem(empty, folder)
    assert empty.objects.held([folder.identifier]) == {}
    (empty.folder / key).unlink()
    assert f"no object {folder.identifier}, the manifest of folder" in problem(empty, folder)


@pytest.mark.parametrize(
    "text",
    [b"\xff", b"5", b'["a"]', b'[{"md5": "x", "relpath": "a"}]']
    + [json.dumps([{"md5": "0" * 32, "relpath": path}]).encode() for path in ("../a", "/a", "")],
)
def test_a_malformed_manifest_is_named(empty, text):
    identifier = empty.put(text, suffix=".dir")
    entry = {"cmd": "x", "outs": [{"path": "folder", "md5": identifier, "size": 0}]}
    (output,) = outputs(entry, where="")
    assert "found no list of files" in problem(empty, output)


def test_a_server_that_fails_is_no_problem_of_the_output(empty, folder, proxy, store):
    objects = Objects(Bucket(read_address(store)))
    proxy.spoil(refusal(500, "InternalError"), path=folder.identifier[2:])
    with pytest.raises(InputError, match="keeps failing"):
        objects.incomplete([folder])
