"""What the store does not hold whole is found before anybody builds on it."""

import json

import pytest

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import outputs
from pipelines.store.bucket import Bucket, read_address
from pipelines.store.contents import Contents
from pipelines.store.layout import object_key
from pipelines.store.objects import Objects
from tests.faulty_proxy import refusal
from tests.store.filled_store import FilledStore


@pytest.fixture
def filled(store, store_folder, tmp_path):
    return FilledStore(store, folder=store_folder, cache=tmp_path / "cache")


@pytest.fixture
def folder(filled):
    """A folder of two files, in the store."""
    (output,) = outputs(filled.entry("stage", {"folder": {"a": b"abc", "ä": b""}}), where="")
    return output


def problem(filled, output):
    objects = Objects(Bucket(filled.bucket.address))
    return Contents(objects).incomplete([output]).get(output)


def members(filled, output):
    return [each["md5"] for each in json.loads(filled.bucket.read(object_key(output.identifier)))]


def remove(filled, identifier):
    (filled.folder / object_key(identifier)).unlink()


def test_a_whole_folder_has_no_problem(filled, folder):
    assert problem(filled, folder) is None


def test_a_folder_lacks_a_member(filled, folder):
    remove(filled, members(filled, folder)[0])
    assert problem(filled, folder) == "1 of its 3 objects are missing"


def test_a_folder_lacks_its_manifest(filled, folder):
    remove(filled, folder.identifier)
    assert f"no object {folder.identifier}, the manifest of folder" in problem(filled, folder)


def test_a_member_is_truncated(filled, folder):
    filled.bucket.write(object_key(members(filled, folder)[0]), content=b"ab")
    assert problem(filled, folder) == "found 2 bytes, expected 3"


def test_a_manifest_is_corrupt(filled, folder):
    filled.bucket.write(object_key(folder.identifier), content=b"[]")
    assert f"corrupt object {folder.identifier}" in problem(filled, folder)
    assert filled.objects.held([folder.identifier]) == {}


@pytest.mark.parametrize(
    "text",
    [b"\xff", b"5", b'["a"]', b'[{"md5": "x", "relpath": "a"}]']
    + [json.dumps([{"md5": "0" * 32, "relpath": path}]).encode() for path in ("../a", "/a", "")],
)
def test_a_manifest_that_is_none_is_no_folder(filled, text):
    identifier = filled.put(text, suffix=".dir")
    entry = {"cmd": "x", "outs": [{"path": "folder", "md5": identifier, "size": 0}]}
    (output,) = outputs(entry, where="")
    assert "found no list of files" in problem(filled, output)


def test_a_server_that_refuses_is_no_problem_of_the_output(filled, folder, proxy, store):
    objects = Objects(Bucket(read_address(store)))
    proxy.spoil(refusal(500, "InternalError"), path=folder.identifier[2:])
    with pytest.raises(InputError, match="keeps failing"):
        Contents(objects).incomplete([folder])
