"""An S3 server with its folder on a small disk."""

import shlex
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SERVER = """\
import pathlib, sys
from pipelines.store.serve import served
folder = pathlib.Path(sys.argv[1])
(folder / "bucket").mkdir()
with served(folder, keys=(sys.argv[2], sys.argv[3]), watched=True) as endpoint:
    print(endpoint, flush=True)
    sys.stdin.read()
"""


def skip_without_small_disks():
    """Skips the test where no disk can be mounted."""
    if subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode:
        pytest.skip("no user namespace on this machine to mount a small disk in")


@contextmanager
def server_with_small_disk(disk, *, size, keys):
    """An S3 server with an empty bucket on a small disk.

    Args:
        disk: The folder that it serves.
        size: Of the disk.
        keys: Access key and secret key.

    Yields:
        Its endpoint.
    """
    disk.mkdir()
    mount = f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(disk))}"
    program = shlex.join([sys.executable, "-c", SERVER, str(disk), *keys])
    with subprocess.Popen(
        ["unshare", "-rm", "sh", "-c", f"{mount} && exec {program}"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        yield server.stdout.readline().strip()
        server.stdin.close()
