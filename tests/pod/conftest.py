"""The store, a proxy with faults in front of it, and pods of a small study."""

import shutil

import pytest

from pipelines.store.serve import environment
from tests.faulty_proxy import proxy
from tests.s3_server import KEYS, s3, server, store, store_folder
from tests.small_study import Pods, pods, study, template


@pytest.fixture(scope="session")
def finished_store(template, tmp_path_factory, s3):
    """The folder of a store in which the pods of run-1 have run all stages, to be copied."""
    endpoint, folder = s3
    checkout, objects = template
    finished = shutil.copytree(objects, folder / "bucket" / "finished-by-pods")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(endpoint, KEYS).items():
            patch.setenv(name, value)
        place = tmp_path_factory.mktemp("finished") / "pods"
        Pods(place, image=checkout, url="s3://bucket/finished-by-pods").start_all()
    return finished


@pytest.fixture
def finished(pods, finished_store, store_folder):
    """The pods of a run in which all stages have run."""
    shutil.copytree(finished_store, store_folder, dirs_exist_ok=True)
    return pods
