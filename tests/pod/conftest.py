"""The store, a proxy with faults in front of it, and pods of a small study."""

import shutil

import pytest

from pipelines.dvc.remote import read_address
from pipelines.store.bucket import Bucket
from tests.faulty_proxy import proxy
from tests.models import corpus, long_weights, tokenizer, tokens
from tests.s3_server import s3, server, store, store_folder, use_server
from tests.small_study import STAGES, Pods, pods, study, template


@pytest.fixture
def bucket(store):
    return Bucket(read_address(store))


@pytest.fixture
def results(store_folder):
    """Reads the objects and records that the store holds, and what studies say was made."""

    def read():
        stages = store_folder.glob("studies/*/stages")
        places = (store_folder / "files", store_folder / "runs", *stages)
        files = [file for place in places for file in place.rglob("*") if file.is_file()]
        return {file: file.read_bytes() for file in files}

    return read


@pytest.fixture(scope="session")
def run_pods(template, tmp_path_factory, s3):
    """Runs stages in pods of run-1, in a copy of a store's folder; returns that folder."""
    endpoint, folder = s3
    checkout, _ = template

    def run(objects, stages, *, name):
        store = shutil.copytree(objects, folder / "bucket" / name)
        with pytest.MonkeyPatch.context() as patch:
            use_server(patch, endpoint)
            pods = Pods(tmp_path_factory.mktemp(name), image=checkout, url=f"s3://bucket/{name}")
            for stage in stages:
                pods.start(stage)
        return store

    return run


@pytest.fixture(scope="session")
def begun_store(template, run_pods):
    """The folder of a store in which the first stage with inputs has run, to be copied."""
    return run_pods(template[1], ["upper"], name="begun-by-pods")


@pytest.fixture(scope="session")
def finished_store(begun_store, run_pods):
    """The folder of a store in which all stages have run, to be copied."""
    others = [stage for stage in STAGES if stage != "upper"]
    return run_pods(begun_store, others, name="finished-by-pods")


@pytest.fixture
def begun(pods, begun_store, store_folder):
    """The pods of a run in which the stage upper has run."""
    shutil.copytree(begun_store, store_folder, dirs_exist_ok=True)
    return pods


@pytest.fixture
def finished(pods, finished_store, store_folder):
    """The pods of a run in which all stages have run."""
    shutil.copytree(finished_store, store_folder, dirs_exist_ok=True)
    return pods
