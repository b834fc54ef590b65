"""Faults of the network or the store while a pod works end in a good result, or in one line."""

import pytest

from pipelines.store import retries
from tests.faulty_proxy import (
    hangs,
    refusal,
    resets_after_request,
    resets_in_body,
    resets_in_request,
)
from tests.processes import wait_for
from tests.s3_server import RestartedServer
from tests.small_study import add_stage, ended, error_line

WORKING = """\
import pathlib, time
state = pathlib.Path(".state/key/steps")
state.parent.mkdir(parents=True, exist_ok=True)
begun = int(state.read_text()) if state.exists() else 0
print("begins at", begun, flush=True)
for step in range(begun, 40):
    partial = state.with_name("steps.partial")
    partial.write_text(str(step + 1))
    partial.rename(state)
    time.sleep(0.04)
pathlib.Path("steps").write_text("40")
"""
OBJECT = "/files/md5/d6/45920e395fedad7bbbed0eca3fe2e0"  # MD5 of 40


@pytest.fixture
def working(pods, study):
    """The pods of a study with a stage that keeps its state while it works."""
    add_stage(study, "working", WORKING, outs=["steps"])
    return pods


@pytest.mark.parametrize(
    ("fault", "path", "words"),
    [
        (refusal(400, "ExpiredToken"), OBJECT, "have expired: renew AWS_SESSION_TOKEN"),
        (refusal(403, "AccessDenied"), "/studies/run-1/stages", "PutObject is not allowed"),
        (hangs, "/runs/", "does not answer"),
    ],
)
def test_a_result_that_cannot_be_kept_is_named_and_worked_out_from_the_state_on(
    working, proxy, store_folder, fault, path, words
):
    proxy.spoil(fault, method="PUT", path=path)
    done = working.start("working", check=False, env={"MATCHING_EXPERTS_STORE_WAIT_MINUTES": "0"})
    assert proxy.met.is_set()
    assert words in error_line(done)
    assert not working.entry("working")
    assert not list(store_folder.glob("studies/run-1/stages/*"))
    proxy.mend()
    again = working.start("working")
    assert (
        "cached result found" in again.stderr
        or "resuming from the state of working" in again.stderr
    )
    assert "begins at 0" not in again.stdout
    assert (store_folder / "studies" / "run-1" / "stages" / "working.yaml").is_file()


def test_a_server_that_fails_now_and_then_changes_no_result(pods, proxy, study, store_folder):
    proxy.spoil(refusal(500, "InternalError"), method="GET", times=2)
    proxy.spoil(refusal(503, "SlowDown"), method="PUT", times=2)
    proxy.spoil(resets_in_request, method="PUT", path="/files/", times=1)
    proxy.spoil(resets_after_request, method="PUT", path="/runs/", times=1)
    proxy.spoil(resets_in_body, method="GET", path="/files/md5", times=1)
    proxy.spoil(hangs, method="HEAD", times=1)
    pods.start("upper")
    proxy.mend()
    kept = pods.entry("upper")
    assert "cached result found" in pods.start("upper").stderr
    assert pods.entry("upper") == kept
    assert "running count" in pods.start("count@a").stdout


SLOW = """\
import pathlib, time
print("running slow", flush=True)
time.sleep(0.5)
pathlib.Path("slow.txt").write_text("made")
print("made slow", flush=True)
"""
MOMENTS = {"as it begins": None, "while it runs": "running slow", "as it ends": "made slow"}


@pytest.fixture
def fragile(s3):
    """Another server of the same folder, which can go away."""
    server = RestartedServer(s3[1])
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_stage_ends_well_whose_store_goes(pods, study, fragile, monkeypatch, moment):
    monkeypatch.setattr(retries, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(retries, "SECONDS_UNTIL_LINE", 0.1)
    add_stage(study, "slow", SLOW, outs=["slow.txt"], deps=["data/texts"])
    if not (text := MOMENTS[moment]):
        fragile.stop()
    # One attempt: what is not waited for fails at once.
    pod = pods.begin("slow", env={"AWS_ENDPOINT_URL_S3": fragile.endpoint, "AWS_MAX_ATTEMPTS": "1"})
    if text:
        wait_for(lambda: text in (pod.folder / "stdout").read_text())
        fragile.stop()
    wait_for(lambda: "is unavailable: waiting" in (pod.folder / "stderr").read_text())
    fragile.start()
    assert "is available again" in ended(pod).stderr
    assert "slow.txt" in pods.entry("slow")
