"""`kill -9` of pods; `python -m benchmarks.kills` does it a hundred times."""

import random

import pytest

from benchmarks import interrupted, projects
from benchmarks.interrupted import InterruptedRun, KillResults, StagePods, make_interrupted
from pipelines.dvc.lock_entries import lock_text
from tests.small_study import dvc


@pytest.fixture
def study(tmp_path, store, store_folder, monkeypatch):
    """A study with a little data in the store, and a result to compare with."""
    for module in (interrupted, projects):  # DVC in forks, which begin sooner
        monkeypatch.setattr(module, "call", lambda root, _dvc, *flags: dvc(root, *flags).stdout)
    monkeypatch.setattr(interrupted, "_write_data", lambda data: (data / "a").write_text("a"))
    project = make_interrupted(tmp_path / "project", url=store)
    dvc(project, "repro", "--quiet", "search")
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
