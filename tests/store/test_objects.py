"""Corrupt objects are found, marked and replaced when they are written again."""

import hashlib
import os
import random

import pytest
from s3transfer.manager import TransferConfig

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import DamagedError, place_in
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
    monkeypatch.setattr(transfer, "PART", 100_000)
    parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    monkeypatch.setattr(transfer, "UPLOAD", parts)
    return Objects(bucket)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def spoil(objects, identifier, content):
    """Puts other content at the place of an object."""
    objects.bucket.write(object_key(identifier), content)


def files(folder):
    return [each for each in folder.rglob("*") if each.is_file()]


@pytest.mark.parametrize("size", [0, 1, 1000, 1001, 50_000])
def test_an_object_arrives_as_it_was_sent_whatever_its_parts(objects, tmp_path, size):
    content = random.Random(size).randbytes(size)
    identifier = hashlib.md5(content).hexdigest()
    spoil(objects, identifier, content)
    place = place_in(tmp_path, identifier)
    stale = place.with_name(f"{place.name}.{os.getpid()}.partial")
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"x" * 60_000)  # of a killed process with the same id
    objects.download(objects.held([identifier]), tmp_path)
    assert files(tmp_path) == [place]
    assert place.read_bytes() == content


@pytest.mark.parametrize("size", [40_000, 60_000])
def test_an_object_that_changes_meanwhile_does_not_arrive_and_is_not_marked(
    objects, tmp_path, size
):
    spoil(objects, "0" * 32, bytes(50_000))
    with pytest.raises(InputError, match=f"expected {size}"):
        objects.download({"0" * 32: size}, tmp_path)
    assert not files(tmp_path)
    assert objects.held(["0" * 32])


def test_an_object_that_another_pod_replaces_meanwhile_is_damaged(remote, proxy, tmp_path):
    spoil(remote, "0" * 32, bytes(300_000))
    proxy.spoil(refusal(412, "PreconditionFailed"), method="GET", path="/files/")
    with pytest.raises(DamagedError, match="it has changed"):
        remote.download({"0" * 32: 300_000}, tmp_path)
    assert not files(tmp_path)


@pytest.mark.parametrize(("found", "words"), [(b"7\r\ncontent\r\n0\r\n", "checksums"), (b"", "")])
def test_an_object_that_does_not_arrive_as_it_is_is_named(
    objects, cache, monkeypatch, found, words
):
    identifier = cached(cache, b"content")
    write = Bucket.write
    monkeypatch.setattr(Bucket, "write", lambda bucket, key, _: write(bucket, key, found))
    with pytest.raises(InputError, match=f"found {len(found)} bytes, expected 7 bytes.*{words}"):
        objects.upload([identifier], cache)


def test_a_corrupt_object_of_the_cache_is_not_sent(objects, tmp_path):
    place = place_in(tmp_path, "0" * 32)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"something else")
    with pytest.raises(InputError, match="corrupt"):
        objects.upload(["0" * 32], tmp_path)
    assert not objects.held(["0" * 32])


@pytest.mark.parametrize("content", [b"abd", b"ab", b"", b"abcd"])
def test_an_object_with_other_content_is_refused_and_marked(objects, cache, tmp_path, content):
    identifier = cached(cache, b"abc")
    spoil(objects, identifier, content)
    with pytest.raises(CorruptObjectError, match=f"corrupt object {identifier}: marked"):
        objects.download(objects.held([identifier]), tmp_path / "other")
    assert not files(tmp_path / "other")
    assert objects.held([identifier]) == {}
    with pytest.raises(CorruptObjectError):
        objects.read(identifier)


def test_a_marked_or_truncated_object_is_sent_again(objects, cache, tmp_path):
    identifier = cached(cache, b"abc")
    spoil(objects, identifier, b"abd")
    with pytest.raises(CorruptObjectError):
        objects.read(identifier)
    objects.upload([identifier], cache)
    assert objects.held([identifier]) == {identifier: 3}
    spoil(objects, identifier, b"ab")
    objects.upload([identifier], cache)
    objects.download(objects.held([identifier]), tmp_path / "other")
    assert place_in(tmp_path / "other", identifier).read_bytes() == b"abc"


def test_good_objects_arrive_and_corrupt_ones_are_named(objects, cache, tmp_path):
    ids = [cached(cache, str(number).encode()) for number in range(20)]
    objects.upload(ids, cache)
    for identifier, size in zip(ids[:3], (1, 1, 50_000), strict=True):
        spoil(objects, identifier, bytes(size))
    with pytest.raises(CorruptObjectError, match="and 2 more") as caught:
        objects.download(objects.held(ids), tmp_path / "other")
    assert set(caught.value.ids) == set(ids[:3])
    good = {place_in(tmp_path / "other", each) for each in ids[3:]}
    assert set(files(tmp_path / "other")) == good


def test_a_corrupt_object_that_cannot_be_marked_is_named(remote, proxy, cache):
    identifier = cached(cache, b"abc")
    remote.upload([identifier], cache)
    spoil(remote, identifier, b"abd")
    proxy.spoil(refusal(403, "AccessDenied"), method="PUT")
    with pytest.raises(CorruptObjectError, match="not marked.*PutObject is not allowed"):
        remote.read(identifier)


@pytest.mark.parametrize(
    "fault", [pytest.param(hangs_in_body, marks=pytest.mark.slow), resets_in_body]
)
def test_a_download_that_breaks_off_goes_on(remote, proxy, cache, tmp_path, fault):
    content = random.Random(1).randbytes(1_000_000)
    identifier = cached(cache, content)
    remote.upload([identifier], cache)
    proxy.spoil(fault, method="GET", path=identifier[2:], times=3)
    remote.download(remote.held([identifier]), tmp_path / "other")
    assert place_in(tmp_path / "other", identifier).read_bytes() == content


def test_a_server_that_goes_away_in_mid_download_leaves_no_half_file(
    remote, proxy, cache, tmp_path
):
    ids = [cached(cache, random.Random(seed).randbytes(300_000)) for seed in range(5)]
    remote.upload(ids, cache)
    held = remote.held(ids)
    proxy.spoil(resets_in_body, method="GET", path=ids[2][2:])
    with pytest.raises(InputError, match="is not reached"):
        remote.download(held, tmp_path / "other")
    left = files(tmp_path / "other")
    assert all(hashlib.md5(each.read_bytes()).hexdigest() in ids for each in left)


def test_an_object_corrupted_by_the_network_is_fetched_again_and_not_marked(
    remote, proxy, cache, tmp_path
):
    identifier = cached(cache, b"abc")
    remote.upload([identifier], cache)
    proxy.spoil(corrupts, method="GET", path=identifier[2:], times=1)
    remote.download(remote.held([identifier]), tmp_path / "other")
    assert place_in(tmp_path / "other", identifier).read_bytes() == b"abc"
    proxy.spoil(corrupts, method="GET", path=identifier[2:], times=1)
    assert remote.read(identifier) == b"abc"
    assert remote.held([identifier]) == {identifier: 3}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("PUT", resets_in_request),
        ("PUT", resets_after_request),
        ("POST", resets_after_request),  # the upload is complete, but the answer is lost
    ],
)
def test_an_upload_in_parts_that_breaks_off_goes_on(
    remote, proxy, cache, store_folder, fault, method
):
    identifier = cached(cache, random.Random(2).randbytes(LARGE))
    proxy.spoil(fault, method=method, path="uploadId", times=1)
    remote.upload([identifier], cache)
    assert proxy.met.is_set()
    content = (store_folder / object_key(identifier)).read_bytes()
    assert hashlib.md5(content).hexdigest() == identifier


def test_an_upload_that_never_ends_leaves_no_object(remote, proxy, cache, store_folder):
    identifier = cached(cache, random.Random(3).randbytes(LARGE))
    proxy.spoil(refusal(500, "InternalError"), method="PUT", path="partNumber=2")
    with pytest.raises(InputError, match="keeps failing"):
        remote.upload([identifier], cache)
    assert remote.held([identifier]) == {}
    assert remote.bucket.read(object_key(identifier)) is None


def test_manifests_come_after_their_files(remote, proxy, cache):
    file = cached(cache, b"abc")
    manifest = hashlib.md5(b"[]").hexdigest() + ".dir"
    place_in(cache, manifest).parent.mkdir(parents=True)
    place_in(cache, manifest).write_bytes(b"[]")
    proxy.spoil(refusal(403, "AccessDenied"), method="PUT", path=file[2:])
    with pytest.raises(InputError, match="not allowed"):
        remote.upload([manifest, file], cache)
    assert remote.held([manifest]) == {}
