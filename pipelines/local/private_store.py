"""A store that only the containers of a run reach: an S3 server in an internal network."""

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
START_SECONDS = 30.0
CONNECT = f"import socket; socket.create_connection(('127.0.0.1', {PORT}))"


@contextmanager
def private_store(
    engine: Engine, *, image: str, folder: Path, keys: tuple[str, str]
) -> Iterator[tuple[str, str]]:
    """Runs an S3 server in a network without access to anything outside.

    Its program is this machine's rclone, which needs nothing from its image.

    Args:
        engine: The container engine.
        image: Any Linux image with Python.
        folder: The folder that it serves; each subfolder is a bucket.
        keys: Access key and secret key.

    Yields:
        Name of the network, and the server's endpoint in it.

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
            *(f"--user={_owner(engine)}", "--security-opt=label=disable"),  # else SELinux denies
            *(f"--volume={program}:/rclone:ro", f"--volume={folder.absolute()}:/buckets"),
            *(*(f"--env={key}" for key in secret), image, "/rclone", *arguments),
            environment=secret,
        )
        stack.callback(engine.call, "rm", "--force", server)
        _wait_for(engine, server)
        address = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        yield name, f"http://{engine.call('inspect', '--format', address, server)}:{PORT}"


def _owner(engine: Engine) -> str:
    """User and group that own this user's files inside a container."""
    if engine.is_podman or "rootless" in engine.call("info", "--format", "{{.SecurityOptions}}"):
        return "0:0"  # the user who runs podman is root inside
    return f"{os.getuid()}:{os.getgid()}"


def _wait_for(engine: Engine, server: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        with suppress(InputError):
            engine.call("exec", server, "python3", "-c", CONNECT)
            return
        time.sleep(0.2)
    raise InputError("the S3 server in a container does not start")
