"""A short demo's pipeline in containers on this machine; `make images` builds their images."""

import os
import re
import subprocess
import sys
import time

import pytest

from pipelines.store.serve import environment, read_keys, served
from tests.demo import Checkout
from tests.pipelines.local.test_pods import containers
from tests.small_study import clone, dvc, git, store_command


def trained_once(text):
    """The text of the parameters with one model that is trained, on whole texts and sentences.

    Too few cases of a section are left to swap sentences between them.
    """
    text = re.sub(r"(gpt2(-scratch|-finetuned)?: .*epochs: )\d", r"\g<1>0", text)
    return text.replace(", swapped]", "]")


def first(number):
    """The first lines of a text."""
    return lambda text: "".join(text.splitlines(keepends=True)[:number])


def on_first_cases(text):
    """The answers of participants that concern the cases that are kept."""
    header, *answers = text.splitlines(keepends=True)
    place = header.split(",").index("abstract_id")
    return header + "".join(each for each in answers if int(each.split(",")[place]) < NUM_CASES)


NUM_CASES = 20
CHANGES = {
    "params.yaml": trained_once,
    "data/corpus/general/train.jsonl": first(200),
    "data/corpus/domain/train.jsonl": first(600),
    "data/brainbench/human.csv": first(NUM_CASES + 1),
    "data/brainbench/machine.csv": first(NUM_CASES + 1),
    "data/participants/participant_data.csv": on_first_cases,
}


def local_run(folder):
    """Starts `python -m pipelines local` in a checkout."""
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines", "local"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "OMP_NUM_THREADS"},
    )


@pytest.fixture(scope="module")
def demo(engine, tmp_path_factory):
    """A checkout in which the demo ran with one model that is trained, on a part of the data."""
    checkout = Checkout(tmp_path_factory.mktemp("short"))
    checkout.run("python", "-m", "components.dataset", "demo")
    for name, change in CHANGES.items():
        file = checkout.folder / name
        file.write_text(change(file.read_text()))
    checkout.run("dvc", "commit", "--quiet", "--force", "data.dvc")
    checkout.commit("shorter")
    checkout.run("dvc", "repro")
    checkout.commit("results")
    return checkout


@pytest.fixture(scope="module")
def runs(engine, demo):
    """The pipeline run in containers: stopped when a model is trained, gone on with, again.

    Returns:
        Exit code, standard output and standard error of each.
    """
    assert not (demo.folder / ".store").exists()
    found = []
    for number in range(3):
        with local_run(demo.folder) as run:
            try:
                if number == 0:
                    stop_when_training(engine, run, demo.folder / ".store")
                out, err = run.communicate(timeout=1500)
            finally:
                run.terminate()
        found.append((run.returncode, out, err))
    return found


def stop_when_training(engine, run, store):
    """Stops a container whose training has state in the store, as a node does that shuts down."""
    end = time.monotonic() + 900
    while run.poll() is None and time.monotonic() < end:
        if pointers := list(store.glob("buckets/*/*/state/training@*/*.json")):
            variant = pointers[0].parent.name.partition("@")[2]
            if found := containers(engine, f"train-{variant}"):
                engine.call("stop", found[0])
                return
        time.sleep(0.5)
    raise AssertionError(run.communicate()[1])


def run_of(out):
    """The id of a run, which it prints first."""
    return re.fullmatch(r"run: (\S+)", out.splitlines()[0])[1]


def test_a_container_that_is_stopped_ends_the_run(runs):
    code, _, err = runs[0]
    assert code == 1
    last = err.splitlines()[-1]
    assert re.fullmatch(r"error: (pre)?train \S+ \((pre)?training@\S+\): killed .*", last)
    assert "Traceback" not in err


def test_the_next_run_goes_on_from_where_a_container_was_stopped(runs):
    code, out, err = runs[1]
    assert code == 0, err
    assert (out + err).count("resuming from the state of ") == 1


def results(text):
    """The rows of a table of results, without the time that training took."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [row.split("|")[1:-2] for row in rows]


def test_containers_make_what_dvc_repro_makes(runs, demo):
    table = results((demo.folder / "artifacts" / "figures" / "table.md").read_text())
    assert len(table) == 8
    assert results(runs[1][1])[-8:] == table  # the log of the figures has it too
    assert results(runs[2][1]) == table


def test_a_second_run_executes_no_stage(runs, demo):
    code, out, err = runs[2]
    assert code == 0, err
    assert "Running stage" not in out + err
    assert (out + err).count("cached result found, stage skipped") == len(demo.stages())


def test_a_clone_that_adopts_the_run_executes_no_stage(runs, demo, tmp_path, monkeypatch):
    folder = demo.folder / ".store"
    with served(folder / "buckets", keys=read_keys(folder), watched=True) as endpoint:
        for name, value in environment(endpoint, read_keys(folder)).items():
            monkeypatch.setenv(name, value)
        target = clone(demo.folder, tmp_path / "clone")
        git(target, "checkout", "--quiet", "HEAD~1")  # before there were results
        store_command(target, "adopt", "--run", run_of(runs[1][1]))
        dvc(target, "pull")
        assert "Running" not in dvc(target, "repro").stdout
    scores = sorted((demo.folder / "artifacts" / "scores").glob("*/*.csv"))
    assert len(scores) >= 15
    for file in scores:
        assert (target / file.relative_to(demo.folder)).read_bytes() == file.read_bytes()


def test_nothing_of_the_runs_is_left_but_the_store(runs, engine):
    assert not containers(engine, "")
    networks = engine.call("network", "ls", "--format", "{{.Name}}").splitlines()
    assert not [name for name in networks if name.startswith("matching-experts")]
