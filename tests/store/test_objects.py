"""Corrupt objects are found, marked and replaced; incomplete outputs are found before any use."""

import hashlib
import json
import os
import random

import pytest
from s3transfer.manager import TransferConfig

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import DamagedError, outputs, place_in
from pipelines.store import transfer
from pipelines.store.bucket import Bucket
from pipelines.store.layout import object_key
from pipelines.store.objects import CorruptObjectError, Objects
from tests.faulty_proxy import (
    corrupts,
    hangs_in_body,
    refusal,
    resets_after_request,
    resets_in_body,
    resets_in_request,
)
from tests.store.filled_store import cached

pytestmark = pytest.mark.slow

LARGE = 11 << 20  # bytes; uploaded in three parts


@pytest.fixture
def objects(bucket, monkeypatch):
    """Objects that are downloaded in parts of 1000 bytes."""
    monkeypatch.setattr(transfer, "PART", 1000)
    return Objects(bucket)


@pytest.fixture
def remote(proxy, bucket, monkeypatch):
    """Objects behind the proxy, in larger parts."""
    monkeypatch.setattr(transfer, "PART", 1 << 20)
    parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    monkeypatch.setattr(transfer, "UPLOAD", parts)
    return Objects(bucket)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def other(tmp_path):
    """Another cache, of which nothing is there yet."""
    return tmp_path / "other"


def spoil(objects, identifier, content):
    """Puts other content at the place of an object."""
    objects.bucket.write(object_key(identifier), content)


def files(folder):
    return [each for each in folder.rglob("*") if each.is_file()]


@pytest.mark.parametrize("size", [0, 1, 1000, 1001, 50_000])
def test_an_object_arrives_as_it_was_sent_whatever_its_parts(objects, other, size):
    content = random.Random(size).randbytes(size)
    identifier = hashlib.md5(content).hexdigest()
    spoil(objects, identifier, content)
    place = place_in(other, identifier)
    stale = place.with_name(f"{place.name}.{os.getpid()}.partial")
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"x" * 60_000)  # of a killed process with the same id
    objects.download(objects.held([identifier]), other)
    assert files(other) == [place]
    assert place.read_bytes() == content


@pytest.mark.parametrize("size", [40_000, 60_000])
def test_an_object_that_changes_meanwhile_does_not_arrive_and_is_not_marked(objects, other, size):
    spoil(objects, "0" * 32, bytes(50_000))
    with pytest.raises(InputError, match=f"expected {size}"):
        objects.download({"0" * 32: size}, other)
    assert not files(other)
    assert objects.held(["0" * 32])


def test_an_object_that_another_pod_replaces_meanwhile_is_damaged(remote, proxy, other):
    spoil(remote, "0" * 32, bytes(3 << 20))
    proxy.spoil(refusal(412, "PreconditionFailed"), method="GET", path="/files/")
    with pytest.raises(DamagedError, match="it has changed"):
        remote.download({"0" * 32: 3 << 20}, other)
    assert not files(other)


@pytest.mark.parametrize(("found", "words"), [(b"7\r\ncontent\r\n0\r\n", "checksums"), (b"", "")])
def test_an_object_that_does_not_arrive_as_it_is_is_named(
    objects, cache, monkeypatch, found, words
):
    identifier = cached(cache, b"content")
    write = Bucket.write
    monkeypatch.setattr(Bucket, "write", lambda bucket, key, _: write(bucket, key, found))
    with pytest.raises(InputError, match=f"found {len(found)} bytes, expected 7 bytes.*{words}"):
        objects.upload([identifier], cache)


def test_a_corrupt_object_of_the_cache_is_not_sent(objects, cache):
    place_in(cache, identifier := cached(cache, b"content")).write_bytes(b"something else")
    with pytest.raises(InputError, match="corrupt"):
        objects.upload([identifier], cache)
    assert not objects.held([identifier])


@pytest.mark.parametrize("content", [b"abd", b"ab", b"", b"abcd"])
def test_an_object_with_other_content_is_marked_and_counts_as_missing_until_it_is_sent_again(
    objects, cache, other, content
):
    identifier = cached(cache, b"abc")
    spoil(objects, identifier, content)
    with pytest.raises(CorruptObjectError, match=f"corrupt object {identifier}: marked"):
        objects.download(objects.held([identifier]), other)
    assert not files(other)
    assert objects.held([identifier]) == {}
    with pytest.raises(CorruptObjectError):
        objects.read(identifier)
    objects.upload([identifier], cache)
    assert objects.held([identifier]) == {identifier: 3}
    spoil(objects, identifier, b"ab")  # and what is truncated, without a mark
    objects.upload([identifier], cache)
    assert objects.read(identifier) == b"abc"


def test_good_objects_arrive_and_corrupt_ones_are_named(objects, cache, other):
    ids = [cached(cache, str(number).encode()) for number in range(20)]
    objects.upload(ids, cache)
    for identifier, size in zip(ids[:3], (1, 1, 50_000), strict=True):
        spoil(objects, identifier, bytes(size))
    with pytest.raises(CorruptObjectError, match="and 2 more") as caught:
        objects.download(objects.held(ids), other)
    assert set(caught.value.ids) == set(ids[:3])
    assert set(files(other)) == {place_in(other, each) for each in ids[3:]}


def test_a_corrupt_object_that_cannot_be_marked_is_named(remote, proxy, cache):
    identifier = cached(cache, b"abc")
    spoil(remote, identifier, b"abd")
    proxy.spoil(refusal(403, "AccessDenied"), method="PUT")
    with pytest.raises(CorruptObjectError, match="not marked.*PutObject is not allowed"):
        remote.read(identifier)


@pytest.mark.parametrize(
    ("method", "path", "fault"),
    [
        ("GET", "/files/", hangs_in_body),
        ("GET", "/files/", resets_in_body),
        ("GET", "/files/", corrupts),
        ("PUT", "uploadId", resets_in_request),
        ("PUT", "uploadId", resets_after_request),
        ("POST", "uploadId", resets_after_request),  # the upload is complete, its answer is lost
    ],
)
def test_a_transfer_that_breaks_off_goes_on(remote, proxy, cache, other, method, path, fault):
    contents = (random.Random(2).randbytes(LARGE), b"small")
    large, small = (cached(cache, each) for each in contents)
    proxy.spoil(fault, method=method, path=path, times=1)
    remote.upload([large, small], cache)
    assert remote.read(small) == b"small"
    proxy.spoil(fault, method=method, path=path, times=1)
    remote.download(remote.held([large, small]), other)
    assert proxy.met.is_set()
    assert [place_in(other, each).read_bytes() for each in (large, small)] == [*contents]


def test_a_server_that_goes_away_in_mid_download_leaves_no_half_file(remote, proxy, cache, other):
    ids = [cached(cache, random.Random(seed).randbytes(3 << 20)) for seed in range(3)]
    remote.upload(ids, cache)
    held = remote.held(ids)
    proxy.spoil(resets_in_body, method="GET", path=ids[2][2:])
    with pytest.raises(InputError, match="is not reached"):
        remote.download(held, other)
    assert all(hashlib.md5(each.read_bytes()).hexdigest() in ids for each in files(other))


def test_an_upload_that_never_ends_leaves_no_object(remote, proxy, cache):
    identifier = cached(cache, random.Random(3).randbytes(LARGE))
    proxy.spoil(refusal(500, "InternalError"), method="PUT", path="partNumber=2")
    with pytest.raises(InputError, match="keeps failing"):
        remote.upload([identifier], cache)
    assert remote.held([identifier]) == {}
    assert remote.bucket.read(object_key(identifier)) is None


def test_manifests_come_after_their_files(remote, proxy, cache):
    file, manifest = cached(cache, b"abc"), cached(cache, b"[]", suffix=".dir")
    proxy.spoil(refusal(403, "AccessDenied"), method="PUT", path=file[2:])
    with pytest.raises(InputError, match="not allowed"):
        remote.upload([manifest, file], cache)
    assert remote.held([manifest]) == {}


@pytest.fixture
def folder(empty):
    """A folder of two files, in the store."""
    (output,) = outputs(empty.entry("stage", {"folder": {"a": b"abc", "ä": b""}}), where="")
    return output


def problem(empty, output):
    return Objects(empty.bucket).incomplete([output]).get(output)


def test_what_the_store_lacks_of_a_folder_is_named(empty, folder):
    assert problem(empty, folder) is None
    file = object_key(hashlib.md5(b"abc").hexdigest())
    empty.bucket.write(file, content=b"ab")
    assert problem(empty, folder) == "found 2 bytes, expected 3"
    (empty.folder / file).unlink()
    assert problem(empty, folder) == "1 of its 3 objects are missing"
    manifest = object_key(folder.identifier)
    empty.bucket.write(manifest, content=b"[]")
    assert f"corrupt object {folder.identifier}" in problem(empty, folder)
    assert empty.objects.held([folder.identifier]) == {}
    (empty.folder / manifest).unlink()
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


def test_a_server_that_fails_is_no_problem_of_the_output(folder, proxy, bucket):
    proxy.spoil(refusal(500, "InternalError"), path=folder.identifier[2:])
    with pytest.raises(InputError, match="keeps failing"):
        Objects(bucket).incomplete([folder])
