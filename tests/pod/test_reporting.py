"""What pods write of their tasks: states and logs in the store."""

import os
import sys

import pytest

from components.runtime.progress import Progress
from pipelines.pod import reporting
from pipelines.pod.reporting import PROGRESS, Recorder, Reporting
from pipelines.store.task_states import read_log, read_state, read_states
from tests.faulty_proxy import refusal
from tests.processes import wait_for
from tests.small_study import add_stage, ended, error_line

WORKING = """\
import pathlib, sys, time
for step in range(40):
    print(f"working: {step:,} of 40 steps, loss 1.5", file=sys.stderr, flush=True)
    time.sleep(0.1)
pathlib.Path("made").write_text("made")
"""


def state(pods, stage):
    return read_state(pods.bucket, "run-1", stage)


def log(pods, stage, attempt=1):
    return read_log(pods.bucket, "run-1", stage, attempt=attempt)


def test_a_task_leaves_its_state_and_its_whole_log_and_pods_are_numbered(pods, monkeypatch):
    monkeypatch.setenv("NODE_NAME", "node-1")
    monkeypatch.setenv("MATCHING_EXPERTS_IMAGE", "analysis:1@abc")
    for attempt, how, line in (
        (1, "done", "running alphabet"),
        (2, "cached", "cached result found"),
    ):
        pods.start("alphabet")
        found = state(pods, "alphabet")
        assert (found.state, found.attempt, found.error) == (how, attempt, "")
        assert (found.pod, found.node, found.image) == ("pod-alphabet", "node-1", "analysis:1@abc")
        assert found.began <= found.updated <= found.ended
        assert line in log(pods, "alphabet", attempt)
    assert "running alphabet" in log(pods, "alphabet", 1)


@pytest.mark.parametrize(
    ("command", "code", "error"),
    [
        ("echo 'error: data: found nothing, expected something' >&2", 1, "data: found nothing, ex"),
        ("echo 'Traceback ...' >&2", 1, "exit code 1"),
        ("true", 7, "exit code 7"),
    ],
)
def test_a_task_that_fails_leaves_the_line_that_says_why(bucket, command, code, error):
    with pytest.raises(SystemExit), Reporting(bucket, run="run-1", stage="failing").entered():
        os.system(command)
        sys.exit(code)
    found = read_state(bucket, "run-1", "failing")
    assert found.state == "failed"
    assert found.error.startswith(error)
    assert found.ended


def test_a_task_that_cannot_begin_leaves_its_line_too(pods):
    line = error_line(pods.start("count@a", check=False))
    assert f"error: {state(pods, 'count@a').error}" == line
    assert line in log(pods, "count@a")


def test_the_stores_secret_key_is_in_nothing_that_pods_leave(pods, study, store_folder):
    add_stage(study, "failing", "import nothing_of_this_name", outs=["half"])
    ended = [pods.start("alphabet"), pods.start("failing", check=False)]
    assert "No module named 'nothing_of_this_name'" in log(pods, "failing")
    written = b"".join(each.read_bytes() for each in store_folder.rglob("*") if each.is_file())
    printed = "".join(each.stdout + each.stderr for each in ended)
    assert os.environ["AWS_SECRET_ACCESS_KEY"].encode() not in written + printed.encode()


@pytest.fixture
def working(pods, study, monkeypatch):
    """Starts the pod of a stage that works for some seconds and reports often."""
    monkeypatch.setattr(reporting, "REPORT_SECONDS", 0.1)
    add_stage(study, "working", WORKING, outs=["made"])
    return lambda: pods.begin("working")


def test_a_running_task_reports_its_progress_and_its_log_so_far(pods, working):
    pod = working()
    wait_for(lambda: (found := state(pods, "working")) and found.progress)
    found, text = state(pods, "working"), log(pods, "working")
    pod.kill()
    pod.join()
    assert found.state == "running"
    assert found.progress.startswith("working: ")
    assert "working: 0 of 40 steps" in text
    assert "working: 39" not in text


def test_a_report_that_cannot_be_written_does_not_end_the_task(pods, proxy, working):
    proxy.spoil(refusal(403, "AccessDenied"), method="PUT", path="/logs/", times=2)
    done = ended(working())
    assert proxy.met.is_set()
    assert "report not written: " in done.stderr
    assert state(pods, "working").state == "done"


def test_a_task_is_cached_once_its_entry_and_its_whole_log_are_in_the_store(pods, proxy):
    pods.start("alphabet")
    pods.run = "run-2"
    done = pods.start("alphabet")
    assert "cached result found" in done.stderr
    puts = [path for method, path in proxy.requests if method == "PUT"]
    written = [path.partition("/studies/run-2/")[2] for path in puts if "/run-2/" in path]
    last = ["stages/alphabet.yaml", "logs/alphabet/1.log", "tasks/alphabet.json"]
    assert written[-3:] == last
    assert read_state(pods.bucket, "run-2", "alphabet").state == "cached"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"stage": "alphabet"}'])
def test_a_damaged_state_does_not_keep_a_pod_from_beginning(bucket, content):
    bucket.write("studies/run-1/tasks/alphabet.json", content)
    with Reporting(bucket, run="run-1", stage="alphabet").entered():
        pass
    assert read_states(bucket, "run-1")["alphabet"].state == "done"


def test_the_progress_of_stages_is_known_by_its_form(capfd):
    with Progress("epoch 1 of 3", total=1200, unit="steps") as progress:
        progress.advance(1200, note="loss 3.211")
    with Progress("listed", total=None, unit="keys") as progress:
        progress.advance(5)
    for line in capfd.readouterr().err.splitlines():
        assert PROGRESS.fullmatch(line)
    for line in ("Running stage 'x':", "> python -m components.x", "error: data: 1 row is bad"):
        assert not PROGRESS.fullmatch(line)


def test_of_a_long_log_the_end_is_kept(monkeypatch):
    monkeypatch.setattr(reporting, "MAX_LOG_BYTES", 1000)
    recorder = Recorder()
    for number in range(500):
        recorder.add(b"line %d\n" % number)
    content = recorder.content().decode()
    assert content.startswith("[the beginning of this log is left out]\n")
    assert content.endswith("line 499\n")
    assert 500 < len(content) < 1100


def test_what_children_print_is_passed_on_and_kept(capfd):
    recorder = Recorder()
    with recorder.recording():
        os.system("echo größe; echo wrong >&2")
    assert capfd.readouterr() == ("größe\n", "wrong\n")
    assert sorted(recorder.content().decode().splitlines()) == ["größe", "wrong"]
