"""Pods that run at the same time, in one store."""

import json
import shutil

import pytest

from pipelines.dvc.lock_entries import outputs
from pipelines.store.objects import Objects
from pipelines.store.studies import read_entry
from tests.small_study import Pods, add_stage, clone, dvc, ended, store_command

DRAWING = """\
import os, pathlib, time
print("running draw")
time.sleep(1)  # the other pod begins meanwhile
pathlib.Path("artifacts/drawn").mkdir(parents=True)
for name in ("a", "b"):
    pathlib.Path("artifacts/drawn", name).write_text(os.urandom(16).hex())
"""


def pulled(study, target, run):
    """What a clone gets that adopts a run: the texts of its drawn files."""
    clone(study, target)
    shutil.copyfile(study / "dvc.yaml", target / "dvc.yaml")
    shutil.copyfile(study / "components/draw.py", target / "components/draw.py")
    store_command(target, "adopt", "--run", run)
    dvc(target, "pull", "draw")
    return [file.read_text() for file in sorted((target / "artifacts/drawn").iterdir())]


@pytest.fixture
def other(pods, study, store, tmp_path):
    """Pods of another run, with another letter."""
    params = pods.params.replace("letter: b", "letter: x")
    return Pods(tmp_path / "other", image=study, url=store, run="run-2", params=params)


def test_what_two_writers_made_differently_is_kept_twice_and_either_is_taken_over(
    pods, study, store, tmp_path
):
    add_stage(study, "draw", DRAWING, outs=["artifacts/drawn"])
    twin = Pods(tmp_path / "twin", image=study, url=store, run="run-2")
    for done in [ended(each) for each in (pods.begin("draw"), twin.begin("draw"))]:
        assert "running draw" in done.stdout
    drawn = {run: pulled(study, tmp_path / run, run) for run in ("run-1", "run-2")}
    assert drawn["run-1"] != drawn["run-2"]
    later = Pods(tmp_path / "later", image=study, url=store, run="run-3")
    assert "cached result found" in later.start("draw").stderr
    assert later.entry("draw") in (pods.entry("draw"), twin.entry("draw"))


def count(pods, stage):
    """What a stage of a run has counted, as the store holds it."""
    entry = read_entry(pods.bucket, pods.run, stage)
    objects = Objects(pods.bucket)
    (metrics,) = (
        each
        for output in outputs(entry, where=stage)
        for each in objects.members(output)
        if each.path.name == "metrics.json"
    )
    return json.loads(objects.read(metrics.identifier))["count"]


def test_two_runs_with_other_parameters_do_not_disturb_each_other(pods, other):
    for stage in ("upper", "count@b"):
        for done in [ended(each) for each in (pods.begin(stage), other.begin(stage))]:
            assert done.returncode == 0
    assert pods.entry("upper") == other.entry("upper")  # both wrote it at the same time
    assert [count(run, "count@b") for run in (pods, other)] == [2, 0]
