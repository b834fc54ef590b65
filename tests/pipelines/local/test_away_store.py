"""A pod in a container waits for an unavailable store; tests/pod has the other moments."""

import threading

from kfp import kubernetes

from pipelines.local.run import run_tasks
from pipelines.store.serve import environment
from tests.pipelines.local.test_pods import containers
from tests.s3_server import KEYS, RestartedServer
from tests.small_study import Pods, add_stage

SECONDS_AWAY = 2
SLOW = """\
import pathlib, time
print("running slow", flush=True)
time.sleep(2)
pathlib.Path("artifacts").mkdir(exist_ok=True)
pathlib.Path("artifacts/slow.txt").write_text("made")
"""


def test_a_stage_ends_well_whose_store_goes(engine, task_of, study, store, s3, tmp_path):
    add_stage(study, "slow", SLOW, outs=["artifacts/slow.txt"], deps=["data/texts"])
    small = Pods(tmp_path / "pods", image=study, url=store)
    small.write_study()
    server = RestartedServer(s3[1])
    # One attempt: what is not waited for fails at once, not after half a minute.
    secret = {**environment(server.endpoint, KEYS), "AWS_MAX_ATTEMPTS": "1"}
    task = task_of(
        *("python", "-m", "pipelines.pod", "stage", "--run", small.run, "--stage", "slow"),
        *("--store", store, "--code", "/study", "--workspace", "/tmp/workspace"),
        configure=lambda task: kubernetes.use_secret_as_env(
            task, "store", {name: name for name in secret}, optional=True
        ),
    )
    gone, over = threading.Event(), threading.Event()

    def go_away():
        """Stops the server for a moment as soon as the stage runs."""
        while not over.wait(0.1):
            if any("running slow" in engine.call("logs", each) for each in containers(engine)):
                server.go_away(SECONDS_AWAY)
                gone.set()
                return

    server.start()
    thread = threading.Thread(target=go_away)
    thread.start()
    try:
        volume = f"--volume={study}:/study:ro"
        run_tasks([task], engine, network="host", secret=secret, options=[volume])
    finally:
        over.set()
        thread.join()
        server.stop()
    assert gone.is_set()
    assert "artifacts/slow.txt" in small.entry("slow")
