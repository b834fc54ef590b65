"""A store that only a run's own containers reach: an S3 server in a network without a way out."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker

from components.errors import InputError
from pipelines.local.containers import LABEL, SECONDS_TO_START, owner
from pipelines.store.serve import rclone

PORT = 9000


@contextmanager
def private_network(client: docker.DockerClient) -> Iterator[str]:
    """A network from which nothing but its own containers is reached; yields its name."""
    network = client.networks.create(_unique_name(), internal=True)
    try:
        yield network.name
    finally:
        network.remove()


@contextmanager
def served_in(
    client: docker.DockerClient, *, network: str, image: str, folder: Path, keys: tuple[str, str]
) -> Iterator[str]:
    """An S3 server in a network of containers.

    The program is this machine's rclone, which needs nothing of the image that it runs in.

    Args:
        client: The container engine.
        network: Name of the network.
        image: Any image for Linux with Python.
        folder: What it serves, a bucket a subfolder.
        keys: Access key and secret key.

    Yields:
        Its endpoint in the network.

    Raises:
        InputError: It does not start.
    """
    command, secret = rclone(Path("/buckets"), address=f":{PORT}", keys=keys, watched=True)
    container = client.containers.run(
        image,
        ["/rclone", *command[1:]],
        detach=True,
        labels=[LABEL],
        environment=secret,
        network=network,
        user=owner(client),
        read_only=True,
        security_opt=["label=disable"],  # SELinux else keeps it from the folder
        volumes={
            command[0]: {"bind": "/rclone", "mode": "ro"},
            str(folder.absolute()): {"bind": "/buckets", "mode": "rw"},
        },
    )
    try:
        _wait_for(container)
        container.reload()
        found = container.attrs["NetworkSettings"]["Networks"][network]["IPAddress"]
        yield f"http://{found}:{PORT}"
    finally:
        container.remove(force=True)


def _wait_for(container: Any) -> None:  # noqa: ANN401
    connect = f"import socket; socket.create_connection(('127.0.0.1', {PORT}))"
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        container.reload()
        if container.status != "running":
            break
        if container.exec_run(["python3", "-c", connect]).exit_code == 0:
            return
        time.sleep(0.2)
    text = container.logs().decode(errors="replace").strip()
    raise InputError(f"the S3 server in a container does not start: {text[-300:]}")


def _unique_name() -> str:
    return f"matching-experts-{uuid.uuid4().hex[:12]}"
