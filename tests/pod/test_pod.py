"""Pods as they run on a cluster: folders and processes of their own, without git."""

import json

import pytest

from pipelines.dvc.lock_entries import read_entries
from pipelines.store.studies import read_entry
from tests.small_study import STAGES, Pods, clone, dvc, store_command


def test_pods_make_what_dvc_repro_makes(finished, study):
    dvc(study, "repro")
    lock = read_entries((study / "dvc.lock").read_text(), where="")
    assert {stage: read_entry(finished.bucket, finished.run, stage) for stage in STAGES} == lock


def test_a_stage_that_a_laptop_pushed_is_not_run_in_a_pod(pods, study):
    dvc(study, "repro", "count@a")
    dvc(study, "push", "--run-cache")
    for stage in ("upper", "count@a"):
        done = pods.start(stage)
        assert "running" not in done.stdout
        assert f"{stage}: cached result found" in done.stderr


def test_a_clone_gets_what_pods_made_from_the_run_cache(finished, study, tmp_path):
    other = clone(study, tmp_path / "clone")
    printed = dvc(other, "repro", "--pull", "count@a").stdout
    assert printed.count("is cached") == 2
    assert "Running" not in printed
    made = json.loads((other / "artifacts" / "counts" / "a" / "metrics.json").read_text())
    assert made == {"count": 4, "of": {"texts": 3}}


def test_the_page_shows_the_same_of_a_stage_that_did_not_run(finished):
    folder = finished.folder / "report"
    files = {name: folder / name for name in ("metrics", "summary", "report")}
    flags = [word for name, file in files.items() for word in (f"--{name}", str(file))]
    finished.start("report", *flags)
    assert json.loads(files["metrics"].read_text()) == {"accuracy.a": 0.4, "accuracy.b": 0.2}
    assert files["report"].read_text().startswith("<p>")
    assert "Cached result" in files["summary"].read_text()


def change_parameter_and_code(study):
    file = study / "params.yaml"
    file.write_text(file.read_text().replace("letter: b", "letter: x"))
    code = study / "components" / "upper.py"
    code.write_text(code.read_text() + "# the same\n")


def change_data(study):
    (study / "data" / "words" / "größe.txt").write_text("abba")
    dvc(study, "add", "--quiet", "data")
    store_command(study, "push")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        # Of other code the output is the same: no stage after it runs for that.
        (change_parameter_and_code, {"upper", "count@b", "report"}),
        (change_data, {"count@a", "count@b", "report"}),
    ],
)
def test_only_the_stages_that_a_change_concerns_run_again(
    finished, study, store, tmp_path, change, expected
):
    change(study)
    again = Pods(tmp_path / "again", image=study, url=store, run="run-2")
    ran = {stage for stage in STAGES if "running" in again.start(stage).stdout}
    assert ran == expected


def test_after_a_fix_a_new_run_goes_on_from_the_stage_that_failed(begun, study, store, tmp_path):
    code = study / "components" / "count.py"
    good = code.read_text()
    code.write_text(good.replace("json.dumps", "json.dump"))
    assert begun.start("count@a", check=False).returncode != 0
    code.write_text(good)
    again = Pods(tmp_path / "again", image=study, url=store, run="run-2")
    ran = [stage for stage in ("upper", "count@a") if "running" in again.start(stage).stdout]
    assert ran == ["count@a"]
