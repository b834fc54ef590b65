"""A store filled with studies, records and objects without running any stage."""

import hashlib
import json
import os
import shutil
import time
from contextlib import chdir

import pytest

from components.runtime.errors import InputError
from pipelines.dvc.lock_entries import (
    outputs,
    place_in,
    read_mapping,
    run_cache_key,
    run_cache_value,
    yaml_text,
)
from pipelines.dvc.remote import read_address
from pipelines.pod.state import StateMirror
from pipelines.store.bucket import Bucket
from pipelines.store.collect import collect
from pipelines.store.layout import object_key, record_key
from pipelines.store.objects import Objects
from pipelines.store.run_cache import write_record
from pipelines.store.studies import Study, list_studies, read_study, write_study
from pipelines.store.transfer import SMALL

DAY = 86400


def cached(cache, content, *, suffix=""):
    """Puts content into a DVC cache; returns its id."""
    identifier = hashlib.md5(content).hexdigest() + suffix
    place = place_in(cache, identifier)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return identifier


class FilledStore:
    """The studies, records and objects of a store.

    Args:
        url: The store.
        folder: Folder in which its server keeps it.
        cache: A DVC cache that gets a copy of every object.
    """

    def __init__(self, url, *, folder, cache):
        self.url, self.folder, self.cache = url, folder, cache
        self.bucket = Bucket(read_address(url))
        self.objects = Objects(self.bucket)

    def put(self, content, *, suffix=""):
        """Puts an object into the store; returns its id."""
        identifier = cached(self.cache, content, suffix=suffix)
        if len(content) < SMALL:
            self.bucket.write(object_key(identifier), content)
        else:
            self.objects.upload([identifier], self.cache)
        return identifier

    def out(self, path, made):
        """Puts a file (bytes) or folder (bytes by path) into the store; returns its lock entry."""
        if isinstance(made, bytes):
            return {"path": path, "hash": "md5", "md5": self.put(made), "size": len(made)}
        files = [{"md5": self.put(content), "relpath": name} for name, content in made.items()]
        manifest = self.put(json.dumps(files).encode(), suffix=".dir")
        size = sum(map(len, made.values()))
        return {"path": path, "hash": "md5", "md5": manifest, "size": size}

    def entry(self, stage, made):
        outs = [self.out(path, content) for path, content in made.items()]
        return {"cmd": f"make {stage}", "deps": [{"path": "x", "md5": "0" * 32}], "outs": outs}

    def run(self, stage, made, *, run=None):
        """Writes the result of a stage, and with a run's id its study."""
        entry = self.entry(stage, made)
        write_record(self.bucket, entry)
        if run:
            self.note(run, {stage: entry})
        return entry

    def note(self, run, entries):
        data = yaml_text({"outs": [self.out("data", {"a": b"data"})]})
        write_study(self.bucket, Study(run, "a: 1\n", data, entries))

    def age(self, *keys, days=40):
        """Makes objects old; all of them by default."""
        then = time.time() - days * DAY
        for key in keys or self.kept():
            os.utime(self.folder / key, (then, then))

    def kept(self):
        files = (each for each in self.folder.rglob("*") if each.is_file())
        return {each.relative_to(self.folder).as_posix() for each in files}

    def holds(self, entry):
        """Whether the store holds all objects of an entry's outputs, uncorrupted."""
        objects = Objects(self.bucket)
        try:
            for each in objects.ids(outputs(entry, where="test")):
                objects.read(each)
        except InputError:
            return False
        return True

    def pull(self, target):
        """Pulls every study into an empty cache; returns its files by id."""
        for run in list_studies(self.bucket):
            made = read_study(self.bucket, run).outputs()
            ids = Objects(self.bucket).ids(made)
            held = self.objects.held(ids)
            assert held.keys() == ids
            self.objects.download(held, target)
        return {each.relative_to(target): each.read_bytes() for each in target.rglob("*/*/*/*")}

    def records(self):
        """The lock entries of all records."""
        for key in self.kept():
            if key.startswith("runs/"):
                yield read_mapping((self.folder / key).read_text(), where=key)


def mirrored(bucket, workspace, content):
    """Mirrors a checkpoint as a pod does whose stage is stopped; returns what the next restores."""
    file = workspace / ".state" / "checkpoint"
    file.parent.mkdir()
    file.write_bytes(content)
    mirror = StateMirror(bucket, workspace=workspace, stage="train", key="k")
    with pytest.raises(KeyboardInterrupt), mirror:
        raise KeyboardInterrupt
    shutil.rmtree(file.parent)
    mirror.restore()
    return file.read_bytes()


def key_of_record(entry):
    return record_key(run_cache_key(entry), run_cache_value(entry))


def collected(filled, plan, *, root, **options):
    """Plans a collection and executes the plan."""
    with chdir(root):
        collect(store=filled.url, plan=plan, **options)
        collect(store=filled.url, plan=plan, execute=True)
