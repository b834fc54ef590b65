"""Pods as they run on a cluster: folders and processes of their own, without git."""

import json

from ruamel.yaml import YAML

from tests.small_study import ROOT, STAGES, Pods, clone, dvc, run


def merged(pods):
    """The lock that pods' entries make together."""
    stages = {}
    for stage in STAGES:
        stages |= YAML(typ="safe").load(pods.entry(stage))["stages"]
    return stages


def test_a_pod_is_a_program(pods):
    done = run(ROOT, *pods.command("alphabet"))
    assert "running alphabet" in done.stdout
    assert pods.entry("alphabet")


def test_pods_make_what_dvc_repro_makes(pods, study):
    pods.start_all()
    dvc(study, "repro")
    lock = YAML(typ="safe").load(study / "dvc.lock")["stages"]
    assert merged(pods) == lock


def test_a_stage_that_a_laptop_pushed_is_not_run_in_a_pod(pods, study):
    dvc(study, "repro")
    dvc(study, "push", "--run-cache")
    for stage, done in pods.start_all().items():
        assert "running" not in done.stdout
        assert f"{stage}: cached result found" in done.stderr


def test_what_pods_made_a_clone_gets_from_the_run_cache(pods, study, tmp_path):
    pods.start_all()
    other = clone(study, tmp_path / "clone")
    printed = dvc(other, "repro", "--pull").stdout
    assert "is cached" in printed
    assert "Running" not in printed
    assert (other / "artifacts" / "report.html").read_text() == "<p>{}</p>".format(
        {key: {"count": n, "of": {"texts": 3}} for key, n in (("a", 4), ("b", 2))}
    )


def shown(pods):
    """Runs the last stage's pod with what the pipeline's page shows; returns its folder."""
    folder = pods.folder / "report"
    names = ("metrics", "summary", "report")
    pods.start("report", *(word for name in names for word in (f"--{name}", str(folder / name))))
    return folder


def test_the_page_shows_the_same_of_a_stage_that_did_not_run(pods):
    pods.start_all()
    folder = shown(pods)
    assert json.loads((folder / "metrics").read_text()) == {"accuracy.a": 0.4, "accuracy.b": 0.2}
    assert (folder / "report").read_text().startswith("<p>")
    assert "Cached result" in (folder / "summary").read_text()


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
