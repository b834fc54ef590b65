"""Changed data or code runs the stages again that depend on it, and no others."""

import pytest

from tests.small_study import Pods, dvc, store_command


@pytest.fixture
def ran(pods, study, store, tmp_path):
    """Which stages another run of the study executes, after a first one."""
    pods.start_all()

    def stages():
        again = Pods(tmp_path / "again", image=study, url=store, run="run-2")
        assert again.params == pods.params
        return {stage for stage, done in again.start_all().items() if "running" in done.stdout}

    return stages


def test_changed_data_runs_what_reads_it_and_what_follows(ran, study):
    (study / "data" / "words" / "größe.txt").write_text("abba")
    dvc(study, "add", "--quiet", "data")
    store_command(study, "push")
    assert ran() == {"count@a", "count@b", "report"}


def test_changed_code_that_makes_the_same_runs_its_stage_only(ran, study):
    code = study / "components" / "upper.py"
    code.write_text(code.read_text() + "# the same\n")
    assert ran() == {"upper"}
