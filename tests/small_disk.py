"""Programs and an S3 server with a folder on a small disk."""

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


def run_with_small_disk(disk, *arguments, size="40k"):
    """Runs Python with a folder on a small disk; returns the process and the files on the disk.

    Args:
        disk: The folder; what the disk holds is gone afterwards.
        arguments: Of Python.
        size: Of the disk.
    """
    program = shlex.join([sys.executable, *map(str, arguments)])
    return subprocess.run(
        _mounted(disk, size, f"{program}; code=$?; find {disk} -mindepth 1; exit $code"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


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
    program = shlex.join([sys.executable, "-c", SERVER, str(disk), *keys])
    with subprocess.Popen(
        _mounted(disk, size, f"exec {program}"),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as server:
        yield server.stdout.readline().strip()
        server.stdin.close()


def _mounted(disk, size, script):
    disk.mkdir(parents=True, exist_ok=True)
    mount = f"mount -t tmpfs -o size={size} tmpfs {shlex.quote(str(disk))} || exit 99"
    return ["unshare", "-rm", "sh", "-c", f"{mount}\n{script}"]
