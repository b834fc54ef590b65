"""A pod in a container waits for an unavailable store; its stage does not."""

import threading
import time
from contextlib import contextmanager

import pytest
from kfp import kubernetes

from pipelines.local.run import PodRunner
from pipelines.store.serve import environment, served
from tests.pipelines.local.test_pods import containers
from tests.s3_server import KEYS
from tests.small_study import Pods, add_stage

SECONDS_AWAY = 2
SLOW = """\
import pathlib, time
print("running slow", flush=True)
time.sleep(2)
pathlib.Path("artifacts").mkdir(exist_ok=True)
pathlib.Path("artifacts/slow.txt").write_text("made")
print("made slow", flush=True)
"""
MOMENTS = {"as it begins": None, "while it runs": "running slow", "as it ends": "made slow"}


class Server:
    """An S3 server that is stopped and started again, at the same address."""

    def __init__(self, folder):
        self._folder = folder
        with self._running(None) as endpoint:
            self.endpoint = endpoint
        self._port = int(endpoint.rpartition(":")[2])

    def _running(self, port):
        return served(self._folder, keys=KEYS, port=port, watched=True)

    @contextmanager
    def away_after(self, happened):
        """Runs from now until something happened, and again some seconds later."""

        def run():
            with self._running(self._port):
                ready.set()
                while not (happened() or over.is_set()):
                    time.sleep(0.1)
            gone.set()
            time.sleep(SECONDS_AWAY)
            with self._running(self._port):
                over.wait()

        ready, gone, over = (threading.Event() for _ in range(3))
        thread = threading.Thread(target=run)
        thread.start()
        try:
            ready.wait()
            yield gone
        finally:
            over.set()
            thread.join()


def printed(engine, text):
    """Whether one of our containers has printed something."""
    return any(text in engine.call("logs", each) for each in containers(engine))


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_stage_ends_well_whose_store_goes(engine, task_of, study, store, s3, tmp_path, moment):
    add_stage(study, "slow", SLOW, outs=["artifacts/slow.txt"], deps=["data/texts"])
    small = Pods(tmp_path / "pods", image=study, url=store)
    small.write_study()
    server = Server(s3[1])
    # One attempt: what is not waited for fails at once, not after half a minute.
    secret = {**environment(server.endpoint, KEYS), "AWS_MAX_ATTEMPTS": "1"}
    task = task_of(
        *("python", "-m", "pipelines.pod", "stage", "--run", small.run, "--stage", "slow"),
        *("--store", store, "--code", "/study", "--workspace", "/tmp/workspace"),
        configure=lambda task: kubernetes.use_secret_as_env(
            task, "store", {name: name for name in secret}, optional=True
        ),
    )
    runner = PodRunner(engine, "host", secret, options=(f"--volume={study}:/study:ro",))
    text = MOMENTS[moment]
    with server.away_after(lambda: text is None or printed(engine, text)) as gone:
        if text is None:
            gone.wait()
        runner.run([task])
    assert gone.is_set()
    assert "artifacts/slow.txt" in small.entry("slow")
