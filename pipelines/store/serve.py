"""An S3 server for development: rclone on a folder of this machine."""

import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from components.runtime.errors import InputError
from pipelines.dvc.remote import address_of

HOST = "127.0.0.1"
SECONDS_TO_START = 15.0
# At 1 ms, rclone's timers take a sixth of a core; ETags would need the MD5 of every file each time.
WATCHED = ("--dir-cache-time", "5ms", "--etag-hash", "")


def serve(*, folder: Path = Path(".store"), port: int = 9000) -> None:
    """Serves a folder as the store that `.dvc/config` names, on this machine only, until Ctrl-C.

    Writes the environment variables that other programs need to `environment` in that folder.

    Args:
        folder: Folder for the objects, with a subfolder for the bucket; made if missing.
        port: Port to listen on.

    Raises:
        InputError: rclone is not installed, or the port is taken.
    """
    address = address_of(None, root=Path())
    keys = read_keys(folder)
    (folder / "buckets" / address.bucket).mkdir(parents=True, exist_ok=True)
    with served(folder / "buckets", keys=keys, port=port, watched=True) as endpoint:
        variables = environment(endpoint, keys)
        lines = [f"export {name}='{value}'\n" for name, value in variables.items()]
        file = folder / "environment"
        file.touch(mode=0o600)
        file.write_text("".join(lines), encoding="utf-8")
        print(
            f"The store: {address} on {endpoint}, kept in {folder}/buckets\n"
            f"In every other terminal: source {shlex.quote(str(file))}\n"
            "Ctrl-C ends the server; the objects stay."
        )
        while True:
            signal.pause()


@contextmanager
def served(
    folder: Path, *, keys: tuple[str, str], port: int | None = None, watched: bool = False
) -> Iterator[str]:
    """The endpoint of a running S3 server.

    Args:
        folder: Folder to serve, with a subfolder for each bucket.
        keys: Access key and secret key.
        port: The port to listen on; any free one by default.
        watched: Whether changes that other programs make in the folder are seen at once.

    Raises:
        InputError: rclone is not installed, or the port is taken.
    """
    port = port or free_port()
    if listens(port):
        raise InputError(f"port {port} is taken, expected a free one (--port)")
    command, secret = rclone(folder, address=f"{HOST}:{port}", keys=keys, watched=watched)
    with subprocess.Popen(  # noqa: S603
        command,
        env={**os.environ, **secret},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is ours
    ) as server:
        try:
            end = time.monotonic() + SECONDS_TO_START
            while not listens(port):
                if (code := server.poll()) is not None or time.monotonic() > end:
                    raise InputError(f"rclone ended with exit code {code}, expected it to serve")
                time.sleep(0.05)
            yield f"http://{HOST}:{port}"
        finally:
            server.terminate()


def rclone(
    folder: Path, *, address: str, keys: tuple[str, str], watched: bool
) -> tuple[list[str], dict[str, str]]:
    """The command that starts rclone as an S3 server, and its additional environment variables.

    It listens on the address, host:port; the others are the arguments of `served`.

    Raises:
        InputError: rclone is not installed.
    """
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    if not (program := shutil.which("rclone", path=path)):
        raise InputError("rclone: not found, expected it beside python (make .venv/installed)")
    command = [program, "serve", "s3", str(folder), "--addr", address]
    variables = {"RCLONE_AUTH_KEY": f'"{keys[0]},{keys[1]}"', "RCLONE_CONFIG": os.devnull}
    return [*command, *(WATCHED if watched else ())], variables


def environment(endpoint: str, keys: tuple[str, str]) -> dict[str, str]:
    """The environment variables by which boto3 and DVC find a server."""
    return {
        "AWS_ENDPOINT_URL_S3": endpoint,
        "AWS_ACCESS_KEY_ID": keys[0],
        "AWS_SECRET_ACCESS_KEY": keys[1],
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
    }


def read_keys(folder: Path) -> tuple[str, str]:
    """The keys of a folder's server: generated once into a file that only its owner can read.

    Raises:
        InputError: The file is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "keys"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(f"development {secrets.token_urlsafe(24)}\n", encoding="utf-8")
    found = file.read_text(encoding="utf-8").split()
    if len(found) != 2:
        raise InputError(f"{file}: found no two keys, expected them; remove the file to make new")
    return found[0], found[1]


def listens(port: int) -> bool:
    """Whether a server on this machine listens on a port."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port: int = listener.getsockname()[1]
        return port
