"""`kill -9` of pods; `python -m benchmarks.kills` does it a hundred times."""

import random

import pytest

from benchmarks.interrupted import InterruptedRun, KillResults, StagePods, make_interrupted
from benchmarks.projects import call
from pipelines.dvc.lock_entries import lock_text


@pytest.fixture
def study(tmp_path, store, store_folder):
    """A study with data in the store, and a result to compare with."""
    project = make_interrupted(tmp_path / "project", url=store)
    call(project, "dvc", "repro", "--quiet", "search")
    return InterruptedRun(
        tmp_path / "study",
        project,
        url=store,
        served=store_folder,
        results=KillResults(),
        draw=random.Random(1),
        usual={"search": 3.0},
    )


def test_no_kill_loses_a_result_or_leaves_half_of_one(study):
    pods = StagePods(study, "search")
    for phase in ("run", "upload"):
        pods.kill_in(phase)
    pods.complete()
    assert not study.results.broken
    assert study.results.total("killed") >= 2
    made = study.reference / "dvc.lock"
    assert lock_text({"search": study.entry("search")}) == made.read_text()
