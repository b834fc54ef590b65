"""The compiled graph, run without containers, each task with what Kubeflow's launcher gives it."""

import json
import re
import shutil
from contextlib import chdir

import pytest
import tyro
import yaml
from dvc.repo import Repo
from ruamel.yaml import YAML

from pipelines.dvc.remote import read_address
from pipelines.dvc.workspace import lay_out
from pipelines.local.launcher import read_tasks
from pipelines.pod.stage import stage
from pipelines.pod.study import study
from pipelines.store.bucket import Bucket
from pipelines.store.push import push
from pipelines.store.studies import read_study
from tests.compiling import compile_in
from tests.conftest import ROOT
from tests.made_up_study import VARIANTS, write_inputs
from tests.small_study import ended, start_forked

VARIANT = "tiny-field"
WITH_GPUS = ("pretraining@gpt2", f"training@{VARIANT}", f"brainbench@{VARIANT}")
GPUS = {
    "gpus": "4",
    "scoring_gpus": "2",
    "node_selector": {"pool": "gpu"},
    "tolerations": [{"key": "nvidia.com/gpu"}],
}
PLACES = {  # of made-up inputs and results in the checkout
    "brainbench": "data/brainbench",
    "participants.csv": "data/participants/participant_data.csv",
    "field.json": "data/field.json",
    "tokenizers": "artifacts/tokenizers",
    "terms": "artifacts/terms",
    "overlap": "artifacts/overlap",
    "audit": "artifacts/audit",
    f"scores/{VARIANT}": f"artifacts/scores/{VARIANT}",
    "evidence": "artifacts/evidence",
}
OWN_PLACES = re.compile(r"(?<![\w/])(/workspace|/minio|/tmp/kfp(_|/)outputs)\b")  # of a container
PROGRAMS = {"stage": stage, "study": study}


@pytest.fixture
def made(tmp_path):
    """A checkout with one variant, of which all stages have results, most of them made up."""
    root = tmp_path / "made"
    lay_out(root, code=ROOT, params="", data="", entries={})
    edit(root / "params.yaml", keep_one_variant, source=ROOT / "params.yaml")
    edit(root / "dvc.yaml", read_one_variant)
    write_inputs(tmp_path / "inputs")
    for name, place in PLACES.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(tmp_path / "inputs" / name, root / place)
    for name in ("general", "domain"):
        write(root / "data" / "corpus" / name / "train.jsonl", name)
    with chdir(root), Repo() as repo:
        repo.add("data")
        for each in (out for stage in repo.index.stages if stage.cmd for out in stage.outs):
            if not each.exists:
                place = root / each.def_path
                write(place if place.suffix else place / "made", each.def_path)
        repo.commit(force=True)
    return root


def edit(file, change, *, source=None):
    """Writes what a YAML file, or another one, holds with a change."""
    yaml = YAML(typ="safe", pure=True)
    content = yaml.load(source or file)
    change(content)
    yaml.dump(content, file)


def keep_one_variant(params):
    row = params["variants"]["gpt2-neuro"]
    params["variants"] = {VARIANT: row | {"epochs": VARIANTS[VARIANT].epochs}}


def read_one_variant(definition):
    for name in ("statistics", "evidence"):
        deps = [each for each in definition["stages"][name]["deps"] if "/scores/" not in each]
        definition["stages"][name]["deps"] = [*deps, f"artifacts/scores/{VARIANT}"]


def double_margin(params):
    params["statistics"]["margin"] *= 2


def score_otherwise(params):
    params["brainbench"]["prompt"] = "?"


def train_one_otherwise(params):
    row = params["variants"][VARIANT]
    row["recipe"] = row["recipe"] | {"weight_decay": 0.7}  # pretraining has the same recipe


def answers(folder):
    """What the first task says of GPUs."""
    names = ("task_gpus", "task_node_selector", "task_tolerations")
    return [json.loads((folder / "tmp" / "kfp" / "outputs" / name).read_text()) for name in names]


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def run_task(task, folder):
    """Runs a task in this checkout, a container's own places in a folder; returns its output."""
    python, option, module, program, *flags = task.command
    assert (python, option, module) == ("python", "-m", "pipelines.pod")
    flags = [OWN_PLACES.sub(rf"{folder}\1", flag) for flag in flags]
    environment = {**task.environment({}), "KFP_RETRY_INDEX": "0"}
    place = folder / "pods" / task.name
    done = ended(start_forked(PROGRAMS[program], *flags, folder=place, env=environment))
    return (done.stdout + done.stderr).splitlines()


@pytest.mark.slow
def test_pods_run_only_what_the_laptop_has_not_made_and_only_these_ask_for_gpus(
    made, store, monkeypatch, tmp_path
):
    monkeypatch.chdir(made)
    push(store=store)
    with pytest.raises(SystemExit):  # tyro imports late, in each fork otherwise
        tyro.cli(stage, args=["--help"], console_outputs=False)
    compiled = compile_in(made, output=tmp_path / "study.yaml").read_text()

    def started(change, run, **parameters):
        """The tasks after the first, and how many results the run lacks at its beginning."""
        edit(tmp_path / "params.yaml", change, source=made / "params.yaml")
        given = {"params": (tmp_path / "params.yaml").read_text(), "store": store, **GPUS}
        specifications = yaml.load_all(compiled, yaml.CSafeLoader)
        check, *tasks = read_tasks(*specifications, run=run, parameters=given | parameters)
        printed = run_task(check, tmp_path / run)
        entries = read_study(Bucket(read_address(store)), run).entries  # no collector takes these
        assert f"{len(entries)} of {len(tasks)} results are in the store" in " ".join(printed)
        return tasks, len(tasks) - len(entries)

    tasks, lacking = started(double_margin, "run-1")
    assert (lacking, *answers(tmp_path / "run-1")) == (2, dict.fromkeys(WITH_GPUS, "0"), {}, [])
    printed = [line for task in tasks for line in run_task(task, tmp_path)]
    assert [line for line in printed if line.startswith("Running stage")] == [
        "Running stage 'statistics':",
        "Running stage 'figures':",
    ]
    skipped = [line for line in printed if line.endswith("cached result found, stage skipped")]
    assert len(skipped) == len(tasks) - 2
    placed = [GPUS["node_selector"], GPUS["tolerations"]]
    for run, change, parameters, *expected in (
        ("run-2", score_otherwise, {}, 4, ("0", "0", "2"), placed),
        ("run-3", train_one_otherwise, {}, 5, ("0", "4", "2"), placed),
        ("run-4", train_one_otherwise, {"gpus": "0"}, 5, ("0", "0", "0"), [{}, []]),
    ):
        _, lacking = started(change, run, **parameters)
        gpus, *nodes = answers(tmp_path / run)
        assert [lacking, tuple(gpus[stage] for stage in WITH_GPUS), nodes] == expected
