import json
import os
import socket
import subprocess
import sys
import time
from types import SimpleNamespace

import psutil
import pytest
from accelerate.commands.config import config_args

from components.runtime.errors import InputError
from components.training import processes
from tests.processes import ROOT
from tests.training.process import RECIPE, flags, start

pytestmark = pytest.mark.slow
EVERY_STEP = {"checkpoint_seconds": 0}


@pytest.fixture
def places(tokens, long_weights, tmp_path):
    """What a training reads and writes."""
    written = {"model": tmp_path / "model", "state": tmp_path / "state"}
    return {"tokens": tokens, "weights": long_weights} | written


@pytest.fixture
def start_both(tokens, long_weights, tmp_path, monkeypatch):
    """Starts two processes that train together on the CPU, each with a folder for its output.

    In one folder, as PyTorch's launcher starts processes; else as Kubeflow Trainer starts the
    program on nodes that share no disk.
    """

    def start_in(first, second, **changes):
        with socket.create_server(("localhost", 0)) as free:
            port = str(free.getsockname()[1])
        found = []
        for rank, folder in (("0", first), ("1", second)):
            variables = {"PET_NNODES": "2", "PET_NPROC_PER_NODE": "1", "PET_NODE_RANK": rank}
            variables |= {"PET_MASTER_ADDR": "localhost", "PET_MASTER_PORT": port}
            if first == second:
                variables = {"TORCHELASTIC_RUN_ID": "test", "WORLD_SIZE": "2", "RANK": rank}
                variables |= {"LOCAL_RANK": rank, "MASTER_ADDR": "localhost", "MASTER_PORT": port}
            folder.mkdir(exist_ok=True)
            places = {"tokens": tokens, "weights": long_weights}
            places |= {"model": folder / "model", "state": folder / "state"}
            with monkeypatch.context() as environment:
                for name, value in variables.items():
                    environment.setenv(name, value)
                log = tmp_path / f"log-{rank}"
                found.append(start(flags(**RECIPE | changes, **places), log=log))
        return found

    return start_in


def checkpoint_steps(state):
    return [int(each.name.split("-")[1]) for each in state.glob("*/step-*") if not each.suffix]


def wait_for_checkpoint(state):
    while not checkpoint_steps(state):
        time.sleep(0.01)


@pytest.mark.parametrize("nodes", [False, True])
def test_two_processes_stop_as_one_and_resume_with_the_losses_of_one(
    nodes, start_both, places, tmp_path
):
    """Nodes resume from the first one's disk."""
    first = tmp_path / "first"
    second = tmp_path / "second" if nodes else first
    both = start_both(first, second, **EVERY_STEP)
    wait_for_checkpoint(first / "state")
    both[1].terminate()  # only the one that writes no checkpoints
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [130, 130]
    assert len(checkpoint_steps(first / "state")) == 1
    assert not nodes or not list(second.glob("state/*/*"))
    progress = json.loads(next(first.glob("state/*/*/progress.json")).read_text())
    assert sum(progress["history"]["losses"])

    for process in start_both(first, second):
        process.join(60)
        assert process.exitcode == 0, (tmp_path / "log-1").read_text()
    assert not nodes or not (second / "model").exists()
    one = start(flags(**RECIPE, **places), log=tmp_path / "log")
    one.join(60)
    records = [
        json.loads((folder / "model" / "training.json").read_text()) for folder in (first, tmp_path)
    ]
    assert [each["num_processes"] for each in records] == [2, 1]
    for epoch, expected in zip(*(each["epochs"] for each in records), strict=True):
        assert epoch == pytest.approx(expected, rel=1e-4)


def test_a_killed_process_ends_the_others_in_one_line(places, tmp_path):
    """By accelerate's configuration, which asks for two processes."""
    config = tmp_path / "accelerate" / "default_config.yaml"
    config.parent.mkdir()
    config.write_text(
        "compute_environment: LOCAL_MACHINE\ndistributed_type: MULTI_CPU\nnum_processes: 2\n"
    )
    training = subprocess.Popen(
        [
            *(sys.executable, "-m", "components.training"),
            *flags(**RECIPE | {"epochs": 1000}, **EVERY_STEP, **places),
        ],
        cwd=ROOT,
        env=os.environ | {"HF_HOME": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for_checkpoint(places["state"])
    children = psutil.Process(training.pid).children()
    next(each for each in children if each.environ().get("RANK") == "1").kill()
    lines = training.communicate(timeout=60)[1].splitlines()
    assert lines[-1] == "error: process 2 of 2 was killed (SIGKILL): expected it to end"
    assert not any("Traceback" in line for line in lines)
    assert training.returncode == 1
    assert checkpoint_steps(places["state"])


@pytest.mark.parametrize("text", ["num_processes: [", "num_processes: null\n", "a: 1\n"])
def test_a_damaged_configuration_is_one_line(text, tmp_path, monkeypatch):
    config = tmp_path / "default_config.yaml"
    config.write_text(text)
    monkeypatch.setattr(processes, "default_config_file", str(config))
    monkeypatch.setattr(config_args, "default_config_file", str(config))
    with pytest.raises(InputError, match="no number of processes in .*default_config.yaml"):
        processes.processes_to_start()


def test_processes_share_a_batch_evenly(make_run):
    run = make_run()
    run.accelerator = SimpleNamespace(num_processes=3)
    with pytest.raises(InputError, match="batch_size 4: expected a multiple of the 3 processes"):
        next(run._steps())


def test_a_lost_node_is_a_temporary_failure_of_the_others(start_both, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    both = start_both(first, second, epochs=1000, **EVERY_STEP)
    wait_for_checkpoint(first / "state")
    for each in (both[1], *psutil.Process(both[1].pid).children(recursive=True)):
        each.kill()
    both[0].join(60)
    assert both[0].exitcode == processes.PEER_LOST
    assert "Traceback" not in (tmp_path / "log-0").read_text()


def test_a_node_that_is_told_half_of_what_it_needs_says_so(monkeypatch):
    monkeypatch.setenv("PET_NNODES", "2")
    monkeypatch.setenv("PET_NODE_RANK", "auto")
    with pytest.raises(InputError, match="PET_NNODES=2, PET_NODE_RANK=auto, .*: expected number"):
        processes.Rendezvous.here()
