"""Pods as they run on a cluster: folders and processes of their own, without git."""

import json

from ruamel.yaml import YAML

from tests.small_study import ROOT, STAGES, Pods, clone, dvc, run


def merged(pods):
    """The lock that pods' entries make together."""
    stages = {}
    for stage in STAGES:
        stages |= YAML(typ="safe").load(pods.folder / stage / "lock.yaml")["stages"]
    return stages


def test_a_pod_is_a_program(pods):
    done = run(ROOT, *pods.command("alphabet"))
    assert "running alphabet" in done.stdout
    assert (pods.folder / "alphabet" / "lock.yaml").is_file()


def test_pods_make_what_dvc_repro_makes(pods, study):
    pods.start_all()
    dvc(study, "repro")
    lock = YAML(typ="safe").load(study / "dvc.lock")["stages"]
    assert merged(pods) == lock


def test_a_stage_that_a_pod_made_is_not_run_in_another(pods, study, store, tmp_path):
    first = pods.start_all()
    again = Pods(tmp_path / "again", image=study, url=store, run="run-2").start_all()
    assert all("running" in first[stage].stdout for stage in STAGES)
    assert not any("running" in again[stage].stdout for stage in STAGES)


def test_a_stage_that_a_laptop_pushed_is_not_run_in_a_pod(pods, study):
    dvc(study, "repro")
    dvc(study, "push", "--run-cache")
    for stage, done in pods.start_all().items():
        assert "running" not in done.stdout
        assert f"{stage}: made before" in done.stderr


def test_what_pods_made_a_clone_gets_from_the_run_cache(pods, study, tmp_path):
    pods.start_all()
    other = clone(study, tmp_path / "clone")
    printed = dvc(other, "repro", "--pull").stdout
    assert "is cached" in printed
    assert "Running" not in printed
    assert (other / "artifacts" / "report.html").read_text() == "<p>{}</p>".format(
        {key: {"count": n, "of": {"texts": 3}} for key, n in (("a", 4), ("b", 2))}
    )


def test_metrics_are_flat_numbers_also_of_a_stage_that_did_not_run(pods):
    pods.start_all()
    pods.start("count@a")
    pods.start("report")
    counted = json.loads((pods.folder / "count@a" / "metrics.json").read_text())
    assert counted == {"count": 4, "of.texts": 3}
    reported = json.loads((pods.folder / "report" / "metrics.json").read_text())
    assert reported == {"a.count": 4, "a.of.texts": 3, "b.count": 2, "b.of.texts": 3}


def test_only_the_stage_that_a_parameter_touches_runs_again(pods, study, store, tmp_path):
    pods.start_all()
    params = pods.params.replace("letter: b", "letter: x")
    changed = Pods(tmp_path / "changed", image=study, url=store, run="run-2", params=params)
    ran = {stage: "running" in done.stdout for stage, done in changed.start_all().items()}
    assert ran == {
        "alphabet": False,
        "upper": False,
        "count@a": False,
        "count@b": True,
        "report": True,
    }
