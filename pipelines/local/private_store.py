"""A store that only a run's own containers reach: an S3 server in a network without a way out."""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.errors import InputError
from pipelines.local.containers import LABEL, Engine
from pipelines.store.serve import rclone

PORT = 9000
SECONDS_TO_START = 30.0
CONNECT = f"import socket; socket.create_connection(('127.0.0.1', {PORT}))"


@contextmanager
def private_network(engine: Engine) -> Iterator[str]:
    """A network from which nothing but its own containers is reached; yields its name."""
    name = f"{LABEL}-{uuid.uuid4().hex[:12]}"
    engine.call("network", "create", "--internal", name)
    try:
        yield name
    finally:
        engine.call("network", "rm", name)


@contextmanager
def served_in(
    engine: Engine, *, network: str, image: str, folder: Path, keys: tuple[str, str]
) -> Iterator[str]:
    """An S3 server in a network of containers.

    The program is this machine's rclone, which needs nothing of the image that it runs in.

    Args:
        engine: The container engine.
        network: Name of the network.
        image: Any image for Linux with Python.
        folder: What it serves, a bucket a subfolder.
        keys: Access key and secret key.

    Yields:
        Its endpoint in the network.

    Raises:
        InputError: It does not start.
    """
    (program, *arguments), secret = rclone(
        Path("/buckets"), address=f":{PORT}", keys=keys, watched=True
    )
    server = engine.call(
        *("run", "--detach", f"--label={LABEL}", f"--network={network}", "--read-only"),
        *(f"--user={_owner(engine)}", "--security-opt=label=disable"),  # SELinux keeps it out else
        *(f"--volume={program}:/rclone:ro", f"--volume={folder.absolute()}:/buckets"),
        *(*(f"--env={key}" for key in secret), image, "/rclone", *arguments),
        environment=secret,
    )
    try:
        _wait_for(engine, server)
        address = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        yield f"http://{engine.call('inspect', '--format', address, server)}:{PORT}"
    finally:
        engine.call("rm", "--force", server)


def _owner(engine: Engine) -> str:
    """The user and group within containers to whom this user's files belong."""
    if engine.is_podman or "rootless" in engine.call("info", "--format", "{{.SecurityOptions}}"):
        return "0:0"  # within, whoever runs podman is root
    return f"{os.getuid()}:{os.getgid()}"


def _wait_for(engine: Engine, server: str) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            engine.call("exec", server, "python3", "-c", CONNECT)
        except InputError:
            if time.monotonic() > end:
                raise InputError("the S3 server in a container does not start") from None
            time.sleep(0.2)
        else:
            return
