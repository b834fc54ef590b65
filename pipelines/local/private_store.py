"""A store that only a run's own containers reach: an S3 server in a network without a way out."""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from components.runtime.errors import InputError
from pipelines.local.containers import LABEL, Engine
from pipelines.store.serve import rclone

PORT = 9000
SECONDS_TO_START = 30.0
CONNECT = f"import socket; socket.create_connection(('127.0.0.1', {PORT}))"


@contextmanager
def private_store(
    engine: Engine, *, image: str, folder: Path, keys: tuple[str, str]
) -> Iterator[tuple[str, str]]:
    """An S3 server in a network from which nothing but its own containers is reached.

    The program is this machine's rclone, which needs nothing of the image that it runs in.

    Args:
        engine: The container engine.
        image: Any image for Linux with Python.
        folder: What it serves, a bucket a subfolder.
        keys: Access key and secret key.

    Yields:
        The network's name, and the server's endpoint in it.

    Raises:
        InputError: It does not start.
    """
    (program, *arguments), secret = rclone(
        Path("/buckets"), address=f":{PORT}", keys=keys, watched=True
    )
    name = f"{LABEL}-{uuid.uuid4().hex[:12]}"
    with ExitStack() as stack:
        engine.call("network", "create", "--internal", name)
        stack.callback(engine.call, "network", "rm", name)
        server = engine.call(
            *("run", "--detach", f"--label={LABEL}", f"--network={name}", "--read-only"),
            *(f"--user={_owner(engine)}", "--security-opt=label=disable"),  # SELinux: else kept out
            *(f"--volume={program}:/rclone:ro", f"--volume={folder.absolute()}:/buckets"),
            *(*(f"--env={key}" for key in secret), image, "/rclone", *arguments),
            environment=secret,
        )
        stack.callback(engine.call, "rm", "--force", server)
        _wait_for(engine, server)
        address = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        yield name, f"http://{engine.call('inspect', '--format', address, server)}:{PORT}"


def _owner(engine: Engine) -> str:
    """The user and group within containers to whom this user's files belong."""
    if engine.is_podman or "rootless" in engine.call("info", "--format", "{{.SecurityOptions}}"):
        return "0:0"  # within, whoever runs podman is root
    return f"{os.getuid()}:{os.getgid()}"


def _wait_for(engine: Engine, server: str) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end:
        with suppress(InputError):
            engine.call("exec", server, "python3", "-c", CONNECT)
            return
        time.sleep(0.2)
    raise InputError("the S3 server in a container does not start")
