"""Real S3 servers on this machine, and the environment of their clients."""

import datetime
import ipaddress
import os
import socket
import subprocess
import threading
import time
import uuid
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pipelines.store.serve import HOST, environment, rclone

KEYS = ("test-key", "test-secret-key")


class RestartedServer:
    """An S3 server that can be stopped and restarted on the same port; it ends with this process.

    Args:
        folder: Folder to serve, with a subfolder for each bucket.
        flags: Additional flags of rclone.
        scheme: `https` if the flags give it a certificate.
    """

    def __init__(self, folder, *flags, scheme="http"):
        self.folder = folder
        with closing(socket.create_server((HOST, 0))) as listener:
            self._place = listener.getsockname()
        address = f"{HOST}:{self._place[1]}"
        self.endpoint = f"{scheme}://{address}"
        command, variables = rclone(folder, address=address, keys=KEYS, watched=True)
        self._command, self._environment = [*command, *flags], {**os.environ, **variables}
        self._process = None
        self._stopping = threading.Lock()

    def start(self):
        self._begin()
        end = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(self._place).close()
            except OSError:
                assert time.monotonic() < end, "rclone did not start"
                time.sleep(0.02)
            else:
                return

    def stop(self):
        with self._stopping:
            if self._process.poll() is None:
                self._process.communicate(b"\n")

    def go_away(self, seconds):
        """Stops the server now; it starts again after some time."""
        self.stop()
        self._begin(seconds)

    def _begin(self, seconds=0):
        """Starts the server after some time; it ends at a line of input, or with this process."""
        script = f'sleep {seconds}; "$@" & server=$!; read -r _; kill -KILL $server; wait'
        self._process = subprocess.Popen(
            ["sh", "-c", script, "sh", *self._command],
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


@contextmanager
def running(folder, *flags, scheme="http"):
    """A running server with an empty bucket."""
    (folder / "bucket").mkdir(parents=True)
    server = RestartedServer(folder, *flags, scheme=scheme)
    server.start()
    yield server
    server.stop()


def use_server(patch, endpoint):
    """Makes this process and its children find a server, until a monkeypatch is undone."""
    for name, value in environment(endpoint, KEYS).items():
        patch.setenv(name, value)
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    forget_credentials()


@pytest.fixture(scope="session")
def s3(tmp_path_factory):
    """A running server: its endpoint and the folder that it serves."""
    with running(tmp_path_factory.mktemp("s3")) as server:
        yield server.endpoint, server.folder


class Certificate(NamedTuple):
    """Files of a certificate for 127.0.0.1 that nobody vouches for, and of its key."""

    file: Path
    key: Path


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    made = Certificate(folder / "certificate", folder / "key")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "store")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    made.file.write_bytes(signed.public_bytes(pem))
    made.key.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return made


@pytest.fixture(scope="session")
def tls(certificate, tmp_path_factory):
    """The endpoint of a server that shows that certificate."""
    flags = ("--cert", str(certificate.file), "--key", str(certificate.key))
    with running(tmp_path_factory.mktemp("tls"), *flags, scheme="https") as server:
        yield server.endpoint


@pytest.fixture
def store(s3, monkeypatch):
    """The URL of an empty store; this process and its children find its server."""
    use_server(monkeypatch, s3[0])
    return f"s3://bucket/{uuid.uuid4().hex}"


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server that can be stopped; this process and its children find it."""
    with running(tmp_path / "served") as server:
        use_server(monkeypatch, server.endpoint)
        yield server


@pytest.fixture
def store_folder(s3, store):
    """Where the server keeps the store's objects, as files."""
    _, folder = s3
    return folder / store.removeprefix("s3://")


def forget_credentials():
    """Makes boto3 read the environment's keys again; it keeps those of its first client."""
    if boto3.DEFAULT_SESSION:
        boto3.DEFAULT_SESSION._session._credentials = None
