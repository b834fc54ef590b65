"""`kill -9` of pods; `python -m benchmarks.kills` does it a hundred times."""

import random

import pytest

from benchmarks.interrupted import DEFINITION, MODULES, write_data
from benchmarks.killed_pods import Interruption, Study
from benchmarks.projects import call, make_project
from benchmarks.tally import Tally
from pipelines.dvc.lock_entries import lock_text


@pytest.fixture
def study(tmp_path, store, store_folder):
    """A study with data in the store, and a result to compare with."""
    project = make_project(
        tmp_path / "project",
        url=store,
        write_data=write_data,
        definition=DEFINITION,
        modules=MODULES,
    )
    call(project, "dvc", "repro", "--quiet", "search")
    return Study(
        tmp_path / "study",
        project,
        url=store,
        served=store_folder,
        tally=Tally(),
        draw=random.Random(1),
        usual={"search": 3.0},
    )


def test_no_kill_loses_a_result_or_leaves_half_of_one(study):
    pods = Interruption(study, "search")
    for phase in ("pull", "run", "push", "note"):
        pods.kill_in(phase)
    pods.complete()
    assert not study.tally.broken
    assert study.tally.total >= 2
    assert study.tally.resumed.total() >= 1
    made = study.reference / "dvc.lock"
    assert lock_text({"search": study.entry("search")}) == made.read_text()
