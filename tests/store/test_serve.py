"""The development store, as a person starts it."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys

import pytest

from pipelines.store.serve import environment, free_port, served
from tests.conftest import ROOT
from tests.small_study import make_study, store_command


@pytest.fixture
def checkout(tmp_path):
    return make_study(tmp_path / "study", url="s3://my-bucket/studies")


@pytest.fixture
def start(checkout):
    """Starts `python -m pipelines.store serve`; ends it with Ctrl-C."""
    running = []

    def started(port):
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.store", "serve", "--port", str(port)],
            cwd=checkout,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return [process.stdout.readline() for _ in range(3)]

    yield started
    for process in running:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130


def variables(checkout):
    text = (checkout / ".store" / "environment").read_text()
    return dict(re.findall(r"^export (\w+)='(.*)'$", text, re.MULTILINE))


def test_it_serves_the_checkouts_store_to_who_sources_its_environment(checkout, start, monkeypatch):
    lines = start(port := free_port())
    assert lines[0].startswith(f"The store: s3://my-bucket/studies on http://127.0.0.1:{port}")
    for name, value in variables(checkout).items():
        monkeypatch.setenv(name, value)
    assert "ready" in store_command(checkout, "check").stdout
    assert (checkout / ".store" / "buckets" / "my-bucket" / "studies" / "check").is_file()


def test_its_keys_are_its_owners_only_and_stay(checkout, start):
    start(free_port())
    before = variables(checkout)
    start(free_port())
    after = variables(checkout)
    assert before["AWS_SECRET_ACCESS_KEY"] == after["AWS_SECRET_ACCESS_KEY"]
    for name in ("keys", "environment"):
        assert stat.S_IMODE((checkout / ".store" / name).stat().st_mode) == 0o600


def test_a_taken_port_is_named(checkout):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = store_command(checkout, "serve", "--port", str(port), check=False)
    assert done.returncode == 1
    assert done.stderr == f"error: port {port} is taken, expected a free one (--port)\n"


def test_secrets_are_not_in_the_servers_arguments(tmp_path):
    with served(tmp_path, keys=("key-name", "a-secret")) as endpoint:
        port = endpoint.rpartition(":")[2]
        listed = subprocess.run(["ps", "axww"], capture_output=True, text=True, check=True).stdout
        (line,) = [line for line in listed.splitlines() if f":{port}" in line]
    assert "a-secret" not in line
    assert environment(endpoint, ("key-name", "a-secret"))["AWS_SECRET_ACCESS_KEY"] == "a-secret"
