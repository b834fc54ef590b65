"""A short study's pipeline in containers on this machine; `make images` builds their images."""

import re
import subprocess
import sys
import time

import pytest
from ruamel.yaml import YAML

from components.runtime.errors import InputError
from pipelines.local.containers import Engine
from pipelines.local.run import private_store
from pipelines.store.serve import environment, read_keys, served
from tests.checkout import Checkout
from tests.pipelines.local.conftest import IMAGES
from tests.pipelines.local.test_pods import containers
from tests.small_study import clone, dvc, store_command

VARIANT, NUM_CASES = "gpt2-neuro", 20
NUM_EPOCHS = 4  # training outlives its first checkpoint's way to the store, on a fast machine too
OMITTED = ("general-tokenization", "pretraining")  # of no use for a model trained from scratch


def first(number):
    """The first lines of a text."""
    return lambda text: "".join(text.splitlines(keepends=True)[:number])


def on_first_cases(text):
    """The answers of participants to the cases that are kept."""
    header, *answers = text.splitlines(keepends=True)
    place = header.split(",").index("abstract_id")
    return header + "".join(each for each in answers if int(each.split(",")[place]) < NUM_CASES)


DATA = {
    "corpus/general/train.jsonl": first(200),
    "corpus/domain/train.jsonl": first(400),
    "brainbench/human.csv": first(NUM_CASES + 1),
    "brainbench/machine.csv": first(NUM_CASES + 1),
    "participants/participant_data.csv": on_first_cases,
}


def edit(file, change):
    """Changes what a YAML file holds."""
    yaml = YAML(typ="safe", pure=True)
    content = yaml.load(file)
    change(content)
    yaml.dump(content, file)


def train_one_variant(params):
    params["variants"] = {VARIANT: params["variants"][VARIANT] | {"epochs": NUM_EPOCHS}}
    params["pretraining"] = {}
    params["brainbench"]["contexts"].remove("swapped")  # too few cases of a section
    for name in OMITTED:
        del params["resources"][name]


def read_one_variant(definition):
    stages = definition["stages"]
    for name in OMITTED:
        del stages[name]
    for name in ("statistics", "evidence"):
        others = [each for each in stages[name]["deps"] if "/scores/" in each]
        others.remove(f"artifacts/scores/{VARIANT}")
        stages[name]["deps"] = [each for each in stages[name]["deps"] if each not in others]


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    """A checkout of the demo with a part of its data and one variant."""
    checkout = Checkout(tmp_path_factory.mktemp("short"))
    checkout.run("python", "-m", "components.dataset", "demo")
    for name, change in DATA.items():
        file = checkout.folder / "data" / name
        file.write_text(change(file.read_text()))
    edit(checkout.folder / "params.yaml", train_one_variant)
    edit(checkout.folder / "dvc.yaml", read_one_variant)
    checkout.run("dvc", "commit", "--quiet", "--force", "data.dvc")
    checkout.commit("shorter")
    return checkout


@pytest.fixture(scope="module")
def images(engine, short):
    """The images with the definition of the short study, and as many threads as tests use."""
    file = short.folder / ".git" / "Containerfile"
    names = [image.replace(":latest", ":short") for image in IMAGES]
    for image, name in zip(IMAGES, names, strict=True):
        file.write_text(f"FROM {image}\nENV OMP_NUM_THREADS=1\nCOPY dvc.yaml /app/\n")
        engine.call("build", "--tag", name, "--file", str(file), str(short.folder))
    yield names
    engine.call("rmi", *names)


@pytest.fixture(scope="module")
def runs(engine, short, images):
    """The pipeline, run in containers: stopped while the model is trained, and resumed.

    Returns:
        Exit code, standard output and standard error of both runs.
    """
    found = []
    for is_stopped in (True, False):
        with local_run(short.folder, images) as run:
            try:
                if is_stopped:
                    stop_when_training(engine, run, short.folder / ".store")
                out, err = run.communicate(timeout=900)
            finally:
                run.terminate()
        found.append((run.returncode, out, err))
    return found


def local_run(folder, images):
    """Starts `python -m pipelines local` in a checkout."""
    flags = ("--models-image", images[0], "--analysis-image", images[1])
    return subprocess.Popen(
        [sys.executable, "-m", "pipelines", "local", *flags],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def stop_when_training(engine, run, store):
    """Stops a container whose training has state in the store, as a node does that shuts down."""
    end = time.monotonic() + 600
    while run.poll() is None and time.monotonic() < end:
        if list(store.glob(f"buckets/*/*/state/training@{VARIANT}/*.json")):
            engine.call("stop", *containers(engine, f"train-{VARIANT}"))
            return
        time.sleep(0.2)
    raise AssertionError(run.communicate()[1])


def test_a_container_that_is_stopped_ends_the_run(runs):
    code, _, err = runs[0]
    assert code == 1
    last = err.splitlines()[-1]
    assert re.fullmatch(rf"error: train {VARIANT} \(training@{VARIANT}\): killed .*", last)
    assert "Traceback" not in err


def executed(output):
    """The stages that pods executed."""
    return re.findall(r"^Running stage '(.+)':$", output, re.MULTILINE)


def test_the_next_run_resumes_the_training_and_takes_other_results_from_the_store(runs, short):
    code, out, err = runs[1]
    assert code == 0, err
    assert (out + err).count("resuming from the state of ") == 1
    first = executed(runs[0][1] + runs[0][2])
    assert first.pop() == f"training@{VARIANT}"
    assert len(first) >= 5
    assert sorted([*first, *executed(out + err)]) == sorted(short.stages())
    assert (out + err).count("cached result found, stage skipped") == len(first)


@pytest.fixture(scope="module")
def adopted(runs, short, tmp_path_factory):
    """A clone that has adopted the second run and pulled its results."""
    folder = short.folder / ".store"
    run = re.match(r"run: (\S+)\n", runs[1][1])[1]
    target = clone(short.folder, tmp_path_factory.mktemp("adopted") / "clone")
    with (
        served(folder / "buckets", keys=read_keys(folder), watched=True) as endpoint,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in environment(endpoint, read_keys(folder)).items():
            patch.setenv(name, value)
        store_command(target, "adopt", "--run", run)
        dvc(target, "pull")
    return target


def test_the_run_prints_the_table_of_results_that_a_clone_adopts(runs, adopted):
    table = (adopted / "artifacts" / "figures" / "table.md").read_text().strip()
    assert VARIANT in table
    assert table in runs[1][1]


def test_a_clone_that_adopts_the_run_executes_no_stage(adopted):
    assert executed(dvc(adopted, "repro").stdout) == []


def test_containers_make_what_dvc_repro_makes(adopted):
    names = ("tokenizers/domain/*", "tokens/domain/*", "scores/*/*.csv")
    files = [file for name in names for file in adopted.glob(f"artifacts/{name}")]
    contents = {file: file.read_bytes() for file in files}
    assert len(files) >= 8
    stages = [f"{name}@domain" for name in ("tokenizer", "tokenization")]
    stages += [f"{name}@{VARIANT}" for name in ("training", "brainbench")]
    assert executed(dvc(adopted, "repro", "--force", "--single-item", *stages).stdout) == stages
    assert {file: file.read_bytes() for file in files} == contents


def test_nothing_of_the_runs_is_left_but_the_store(runs, engine):
    assert not containers(engine, "")
    networks = engine.call("network", "ls", "--format", "{{.Name}}").splitlines()
    assert not [name for name in networks if name.startswith("matching-experts")]


ENGINE = """\
#!/bin/sh
cd "$(dirname "$0")"
case "$1 $2" in
"network create") touch network ;;
"network rm") test ! -e container || { echo "network is being used" >&2; exit 1; }; rm network ;;
"run "*) touch container; echo "cannot be started" >&2; exit 1 ;;
"rm "*) rm container ;;
esac
"""


def test_a_store_that_does_not_start_is_the_error_and_is_removed(tmp_path):
    program = tmp_path / "engine"
    program.write_text(ENGINE)
    program.chmod(0o755)
    engine = Engine(str(program))
    with (
        pytest.raises(InputError, match="run: cannot be started$"),
        private_store(engine, image="image", folder=tmp_path, keys=("key", "secret")),
    ):
        pass
    assert [*tmp_path.iterdir()] == [program]
