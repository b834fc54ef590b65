"""The development store, as a person starts it."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from contextlib import chdir, contextmanager, nullcontext

import pytest

from components.runtime.errors import InputError
from pipelines.store import serve as module
from pipelines.store.commands import check
from pipelines.store.serve import environment, free_port, read_keys, serve, served
from tests.conftest import ROOT
from tests.s3_server import forget_credentials


@pytest.fixture
def folder(tmp_path):
    """A checkout's folder, with a store in its configuration."""
    (tmp_path / ".dvc").mkdir()
    config = "[core]\nremote = store\n['remote \"store\"']\nurl = s3://my-bucket/studies\n"
    (tmp_path / ".dvc" / "config").write_text(config)
    return tmp_path


@contextmanager
def serving(folder, port):
    """Runs `python -m pipelines.store serve` until Ctrl-C; yields the first line that it prints."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pipelines.store", "serve", "--port", str(port)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 130


@pytest.mark.slow
def test_the_checkouts_store_is_served_with_keys_that_stay_and_only_its_owner_reads(
    folder, monkeypatch, capsys
):
    with serving(folder, port := free_port()) as line:
        assert line.startswith(f"The store: s3://my-bucket/studies on http://127.0.0.1:{port}")
        text = (folder / ".store" / "environment").read_text()
        variables = dict(re.findall(r"^export (\w+)='(.*)'$", text, re.MULTILINE))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        forget_credentials()
        with chdir(folder):
            check()
    assert "ready" in capsys.readouterr().out
    assert (folder / ".store" / "buckets" / "my-bucket" / "studies" / "check").is_file()
    for name in ("keys", "environment"):
        assert stat.S_IMODE((folder / ".store" / name).stat().st_mode) == 0o600
    assert read_keys(folder / ".store")[1] == variables["AWS_SECRET_ACCESS_KEY"]


def test_the_printed_command_sets_the_environment_whatever_the_folder_is_called(
    folder, monkeypatch, capsys
):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "served", lambda *_, **__: nullcontext("http://127.0.0.1:9"))
    monkeypatch.setattr(signal, "pause", interrupt)
    with chdir(folder), pytest.raises(KeyboardInterrupt):
        serve(folder=folder / "my store")
    command = re.search("terminal: (.*)", capsys.readouterr().out)[1]
    shell = ["bash", "-c", f"{command} && echo $AWS_ENDPOINT_URL_S3"]
    shown = subprocess.run(shell, capture_output=True, text=True, check=False).stdout
    assert shown == "http://127.0.0.1:9\n"


def test_a_taken_port_is_named(folder):
    with socket.socket() as listener, chdir(folder):
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(InputError, match=rf"port {port} is taken, expected a free .*--port"):
            serve(port=port)


def test_secrets_are_not_in_the_servers_arguments(tmp_path):
    with served(tmp_path, keys=("key-name", "a-secret")) as endpoint:
        port = endpoint.rpartition(":")[2]
        listed = subprocess.run(["ps", "axww"], capture_output=True, text=True, check=True).stdout
        (line,) = [line for line in listed.splitlines() if f":{port}" in line]
    assert "a-secret" not in line
    assert environment(endpoint, ("key-name", "a-secret"))["AWS_SECRET_ACCESS_KEY"] == "a-secret"
