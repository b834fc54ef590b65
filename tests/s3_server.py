"""A real S3 server on this machine, and what a process needs to reach it."""

import os
import shutil
import socket
import subprocess
import time
import uuid
from contextlib import contextmanager

import pytest

KEY, SECRET = "test-key", "test-secret-key"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def environment(endpoint):
    """The variables by which boto3 and DVC find the server."""
    return {
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def rclone_server(folder):
    """Serves a folder, one bucket a subfolder; yields the endpoint."""
    port = free_port()
    command = [shutil.which("rclone"), "serve", "s3", str(folder), "--addr", f"127.0.0.1:{port}"]
    keys = {"RCLONE_AUTH_KEY": f'"{KEY},{SECRET}"', "RCLONE_CONFIG": os.devnull}
    with subprocess.Popen(
        command, env={**os.environ, **keys}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            _wait_for(port, server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait_for(port, server):
    for _ in range(200):
        assert server.poll() is None, "rclone ended"
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("rclone does not listen")


@pytest.fixture(scope="session")
def s3(tmp_path_factory):
    """A running server: its endpoint and the folder that it serves."""
    folder = tmp_path_factory.mktemp("s3")
    (folder / "bucket").mkdir()
    with rclone_server(folder) as endpoint:
        yield endpoint, folder


@pytest.fixture
def store(s3, monkeypatch):
    """The URL of an empty store; this process and its children find its server."""
    endpoint, _ = s3
    for name, value in environment(endpoint).items():
        monkeypatch.setenv(name, value)
    return f"s3://bucket/{uuid.uuid4().hex}"


@pytest.fixture
def store_folder(s3, store):
    """Where the server keeps the store's objects, as files."""
    _, folder = s3
    return folder / store.removeprefix("s3://")
