"""Objects in parts: put together, hashed in order, kept only when they are what their id says."""

import hashlib
import os
import random

import pytest

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import place_in
from pipelines.store import transfer
from pipelines.store.bucket import Bucket, read_address
from pipelines.store.layout import object_key
from pipelines.store.objects import CorruptObjectError, Objects


@pytest.fixture
def objects(store, monkeypatch):
    monkeypatch.setattr(transfer, "PART", 1000)
    return Objects(Bucket(read_address(store)))


def stored(objects, content, identifier=None):
    identifier = identifier or hashlib.md5(content).hexdigest()
    objects.bucket.write(object_key(identifier), content=content)
    return identifier


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 50_000])
def test_an_object_arrives_as_it_was_sent_whatever_its_parts(objects, tmp_path, size):
    content = random.Random(size).randbytes(size)
    identifier = stored(objects, content)
    stale = place_in(tmp_path, identifier)
    stale = stale.with_name(f"{stale.name}.{os.getpid()}.partial")
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"x" * 60_000)  # of a killed process with the same id
    objects.download(objects.held([identifier]), tmp_path)
    assert place_in(tmp_path, identifier).read_bytes() == content
    assert not stale.exists()


def test_a_corrupt_object_of_many_parts_leaves_nothing_in_the_cache(objects, tmp_path):
    good = stored(objects, b"good")
    bad = stored(objects, bytes(50_000), identifier="0" * 32)
    with pytest.raises(CorruptObjectError):
        objects.download(objects.held([good, bad]), tmp_path)
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [place_in(tmp_path, good)]
    assert bad not in objects.held([bad])


def test_a_part_that_is_not_there_ends_the_wait_for_it(objects, tmp_path):
    identifier = stored(objects, bytes(50_000))
    with pytest.raises(InputError):
        objects.download({identifier: 90_000}, tmp_path)
    assert not [each for each in tmp_path.rglob("*") if each.is_file()]


def test_a_corrupt_object_of_the_cache_is_not_sent(objects, tmp_path):
    place = place_in(tmp_path, "0" * 32)
    place.parent.mkdir(parents=True)
    place.write_bytes(b"something else")
    with pytest.raises(InputError, match="corrupt"):
        objects.upload(["0" * 32], tmp_path)
    assert not objects.held(["0" * 32])
