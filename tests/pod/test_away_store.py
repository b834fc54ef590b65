"""A pod waits for a store that is away for a moment; its stage does not."""

import pytest

from pipelines.store import retries
from tests.processes import wait_for
from tests.s3_server import RestartedServer
from tests.small_study import add_stage, ended

SLOW = """\
import pathlib, time
print("running slow", flush=True)
time.sleep(0.5)
pathlib.Path("slow.txt").write_text("made")
print("made slow", flush=True)
"""
MOMENTS = {"as it begins": None, "while it runs": "running slow", "as it ends": "made slow"}


@pytest.fixture
def server(s3):
    """Another server of the same folder, which can go away."""
    server = RestartedServer(s3[1])
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_stage_ends_well_whose_store_goes(pods, study, server, monkeypatch, moment):
    monkeypatch.setattr(retries, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(retries, "SECONDS_UNTIL_LINE", 0.1)
    add_stage(study, "slow", SLOW, outs=["slow.txt"], deps=["data/texts"])
    if not (text := MOMENTS[moment]):
        server.stop()
    # One attempt: what is not waited for fails at once.
    pod = pods.begin("slow", env={"AWS_ENDPOINT_URL_S3": server.endpoint, "AWS_MAX_ATTEMPTS": "1"})
    if text:
        wait_for(lambda: text in (pod.folder / "stdout").read_text())
        server.stop()
    wait_for(lambda: "is unavailable: waiting" in (pod.folder / "stderr").read_text())
    server.start()
    assert "is available again" in ended(pod).stderr
    assert "slow.txt" in pods.entry("slow")
