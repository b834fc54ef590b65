"""The store, a proxy that breaks its connections, and a small study whose stages have run."""

import shutil

import pytest

from pipelines.dvc.remote import read_address
from pipelines.store.bucket import Bucket
from tests.faulty_proxy import proxy
from tests.s3_server import certificate, s3, server, store, store_folder, tls, use_server
from tests.small_study import clone, dvc, git, pods, store_command, study, template
from tests.store.filled_store import FilledStore


@pytest.fixture
def bucket(store):
    return Bucket(read_address(store))


@pytest.fixture
def empty(store, store_folder, tmp_path):
    """A store that is filled by hand."""
    return FilledStore(store, folder=store_folder, cache=tmp_path / "cache")


def _set_remote(root, url, *, before):
    config = root / ".dvc" / "config"
    config.write_text(config.read_text().replace(before, url))


@pytest.fixture(scope="session")
def finished_template(template, tmp_path_factory, s3):
    """A checkout in which all stages have run, and the folder of its store, to be copied."""
    endpoint, folder = s3
    checkout, objects = template
    url = "s3://bucket/finished"
    root = shutil.copytree(checkout, tmp_path_factory.mktemp("finished") / "study")
    shutil.copytree(objects, folder / "bucket" / "finished")
    _set_remote(root, url, before="s3://bucket/template")
    git(root, "commit", "--quiet", "--all", "--amend", "--no-edit")
    with pytest.MonkeyPatch.context() as patch:
        use_server(patch, endpoint)
        dvc(root, "repro")
        store_command(root, "push", "--run", "run-1")
    return root, folder / "bucket" / "finished"


@pytest.fixture
def finished(finished_template, tmp_path, store, store_folder):
    """A checkout in which all stages have run; the store holds them as run-1."""
    checkout, objects = finished_template
    root = shutil.copytree(checkout, tmp_path / "finished")
    shutil.copytree(objects, store_folder, dirs_exist_ok=True)
    _set_remote(root, store, before="s3://bucket/finished")
    git(root, "commit", "--quiet", "--all", "--amend", "--no-edit")
    return root


@pytest.fixture
def checkout(finished, tmp_path):
    """A fresh clone of the study: no data, no cache, no artifacts, no dvc.lock."""
    return clone(finished, tmp_path / "clone")
