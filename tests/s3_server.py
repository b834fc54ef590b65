"""A real S3 server on this machine, and what a process needs to reach it."""

import uuid

import boto3
import pytest

from pipelines.store.serve import environment, served

KEYS = ("test-key", "test-secret-key")


@pytest.fixture(scope="session")
def s3(tmp_path_factory):
    """A running server: its endpoint and the folder that it serves."""
    folder = tmp_path_factory.mktemp("s3")
    (folder / "bucket").mkdir()
    with served(folder, keys=KEYS, watched=True) as endpoint:
        yield endpoint, folder


@pytest.fixture
def store(s3, monkeypatch):
    """The URL of an empty store; this process and its children find its server."""
    endpoint, _ = s3
    for name, value in environment(endpoint, KEYS).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    forget_credentials()
    return f"s3://bucket/{uuid.uuid4().hex}"


@pytest.fixture
def store_folder(s3, store):
    """Where the server keeps the store's objects, as files."""
    _, folder = s3
    return folder / store.removeprefix("s3://")


def forget_credentials():
    """Makes boto3 read the environment's keys again; it keeps those of its first client."""
    if boto3.DEFAULT_SESSION:
        boto3.DEFAULT_SESSION._session._credentials = None
